import type { DatabaseSync } from "node:sqlite";
import type { ControlStore } from "../control-store.ts";
import { CountRow, DeadLetterRow, FeedStateRow } from "./control-rows.ts";
import { decodePlace, encodePlace } from "./page-cursor.ts";
import { inTransaction, type Statements } from "./sqlite.ts";

const BEYOND = { time: "9999-12-31T23:59:59.999Z", id: "~" };
const COLUMNS = "tenant, id, feed, time, reason, sealed, bytes, replay";

type Feeds = Pick<
  ControlStore,
  | "putDeadLetters"
  | "listDeadLetters"
  | "countDeadLetters"
  | "deleteDeadLetters"
  | "forgetDeadLetters"
  | "getFeedState"
  | "listFeedStates"
  | "putFeedState"
>;

/** What feeds leave behind: records that could not be read, and where they stand. */
export const feedsOf = (sql: Statements, database: DatabaseSync): Feeds => {
  const countOf = (tenant: string, feed: string): number =>
    sql.row(CountRow, "SELECT count(*) AS count FROM dead_letters WHERE tenant = ? AND feed = ?", tenant, feed)
      ?.count ?? 0;
  return {
    putDeadLetters: async (letters, keep) => {
      let deleted = 0;
      inTransaction(database, () => {
        for (const { tenant, feed, id, time, reason, sealed, bytes, replay } of letters)
          sql.run(
            "INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            tenant,
            feed,
            id,
            time,
            reason,
            sealed,
            bytes,
            replay,
          );
        const owners = new Map(letters.map(({ tenant, feed }) => [`${tenant} ${feed}`, { tenant, feed }]));
        for (const { tenant, feed } of owners.values()) {
          const over = countOf(tenant, feed) - keep;
          if (over <= 0) continue;
          deleted += over;
          sql.run(
            `DELETE FROM dead_letters WHERE tenant = ?1 AND feed = ?2 AND id IN (
               SELECT id FROM dead_letters WHERE tenant = ?1 AND feed = ?2 ORDER BY time, id LIMIT ?3)`,
            tenant,
            feed,
            over,
          );
        }
      });
      return deleted;
    },
    listDeadLetters: async (tenant, feed, { limit, cursor }) => {
      const place = cursor === undefined ? BEYOND : decodePlace(cursor);
      const found = sql.rows(
        DeadLetterRow,
        `SELECT ${COLUMNS} FROM dead_letters WHERE tenant = ? AND feed = ? AND (time, id) < (?, ?)
         ORDER BY time DESC, id DESC LIMIT ?`,
        tenant,
        feed,
        place.time,
        place.id,
        limit + 1,
      );
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return last === undefined || found.length <= limit ? { items } : { items, next: encodePlace(last) };
    },
    countDeadLetters: async (tenant, feed) => countOf(tenant, feed),
    deleteDeadLetters: async (tenant, feed, ids) => {
      const before = countOf(tenant, feed);
      inTransaction(database, () => {
        if (ids === undefined) sql.run("DELETE FROM dead_letters WHERE tenant = ? AND feed = ?", tenant, feed);
        else
          for (const id of ids)
            sql.run("DELETE FROM dead_letters WHERE tenant = ? AND feed = ? AND id = ?", tenant, feed, id);
      });
      return before - countOf(tenant, feed);
    },
    forgetDeadLetters: async (before) => {
      sql.run("DELETE FROM dead_letters WHERE time < ?", before);
    },
    getFeedState: async (tenant, feed, name) =>
      sql.row(
        FeedStateRow,
        "SELECT name, value FROM feed_states WHERE tenant = ? AND feed = ? AND name = ?",
        tenant,
        feed,
        name,
      )?.value,
    listFeedStates: async (tenant, feed, prefix) =>
      sql.rows(
        FeedStateRow,
        "SELECT name, value FROM feed_states WHERE tenant = ? AND feed = ? AND substr(name, 1, length(?)) = ? ORDER BY name",
        tenant,
        feed,
        prefix,
        prefix,
      ),
    putFeedState: async (tenant, feed, name, value) => {
      if (value === "") {
        sql.run("DELETE FROM feed_states WHERE tenant = ? AND feed = ? AND name = ?", tenant, feed, name);
      } else sql.run("INSERT OR REPLACE INTO feed_states VALUES (?, ?, ?, ?)", tenant, feed, name, value);
    },
  };
};
