import { TenantApproval } from "@parapet/model";
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { ControlStore, StoredApproval } from "../control-store.ts";
import { CountRow, inData } from "./control-rows.ts";
import { decodePlace, encodePlace } from "./page-cursor.ts";
import { inTransaction, type Statements } from "./sqlite.ts";

const Row = z
  .object({
    data: z.string(),
    requestDigest: z.string(),
    revision: z.int(),
    content: z.string(),
    answer: z.string(),
  })
  .transform(({ data, ...rest }): StoredApproval => ({ approval: TenantApproval.parse(JSON.parse(data)), ...rest }));
const DigestRow = z.object({ digest: z.string() }).transform(({ digest }) => digest);

const COLUMNS = "data, request_digest AS requestDigest, revision, content, answer";
const ALIVE = "state IN ('pending', 'approved', 'denied')";
const BEYOND = { time: "9999-12-31T23:59:59.999Z", id: "~" };

type Approvals = Pick<
  ControlStore,
  | "addApproval"
  | "getApproval"
  | "listApprovals"
  | "findApprovals"
  | "waitingRequests"
  | "changeApprovals"
  | "countApprovals"
  | "dueApprovals"
  | "retainApprovals"
  | "forgetApprovals"
>;

/** What waits for a person. */
export const approvalsOf = (sql: Statements, database: DatabaseSync): Approvals => {
  const put = ({ approval, requestDigest, revision, content, answer }: StoredApproval): void => {
    const { tenant, id, digest, state, createdAt, expiresAt, principal } = approval;
    sql.run(
      "INSERT OR REPLACE INTO approvals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      tenant,
      id,
      digest,
      requestDigest,
      state,
      createdAt,
      expiresAt,
      principal,
      revision,
      JSON.stringify(approval),
      content,
      answer,
    );
  };
  const count = (query: string, ...values: readonly string[]): number =>
    sql.row(CountRow, `SELECT count(*) AS count FROM approvals WHERE ${query}`, ...values)?.count ?? 0;

  return {
    addApproval: async (stored, { pendingMax, pendingOfOne }) =>
      inTransaction(database, () => {
        const { tenant, digest, createdAt, principal } = stored.approval;
        const known = sql.row(
          Row,
          `SELECT ${COLUMNS} FROM approvals WHERE tenant = ? AND digest = ? AND expires_at > ? AND ${ALIVE}`,
          tenant,
          digest,
          createdAt,
        );
        if (known !== undefined) return known;
        const waiting = "tenant = ? AND state = 'pending'";
        if (count(waiting, tenant) >= pendingMax) return "full";
        if (count(`${waiting} AND principal = ?`, tenant, principal) >= pendingOfOne) return "full";
        put(stored);
        return stored;
      }),
    getApproval: async (tenant, id) =>
      sql.row(Row, `SELECT ${COLUMNS} FROM approvals WHERE tenant = ? AND id = ?`, tenant, id),
    listApprovals: async (tenant, { state, limit, cursor }) => {
      const place = cursor === undefined ? BEYOND : decodePlace(cursor);
      const found = sql.rows(
        inData(TenantApproval),
        `SELECT data FROM approvals WHERE tenant = ?1 AND (?2 IS NULL OR state = ?2) AND (created_at, id) < (?3, ?4)
         ORDER BY created_at DESC, id DESC LIMIT ?5`,
        tenant,
        state ?? null,
        place.time,
        place.id,
        limit + 1,
      );
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return last === undefined || found.length <= limit
        ? { items }
        : { items, next: encodePlace({ time: last.createdAt, id: last.id }) };
    },
    findApprovals: async (tenant, by, now) =>
      sql.rows(
        Row,
        `SELECT ${COLUMNS} FROM approvals WHERE tenant = ?1 AND expires_at > ?2 AND ${ALIVE} AND ${
          "digests" in by ? "digest IN (SELECT value FROM json_each(?3))" : "request_digest = ?3"
        } ORDER BY created_at, id`,
        tenant,
        now,
        "digests" in by ? JSON.stringify(by.digests) : by.requestDigest,
      ),
    waitingRequests: async (now) =>
      sql.rows(
        DigestRow,
        `SELECT DISTINCT request_digest AS digest FROM approvals
         WHERE expires_at > ? AND request_digest != '' AND ${ALIVE}`,
        now,
      ),
    changeApprovals: async (changed) =>
      inTransaction(database, () => {
        const isCurrent = changed.every(
          ({ approval: { tenant, id }, revision }) =>
            count("tenant = ? AND id = ? AND revision = CAST(? AS INTEGER)", tenant, id, String(revision)) === 1,
        );
        if (isCurrent) for (const one of changed) put({ ...one, revision: one.revision + 1 });
        return isCurrent;
      }),
    countApprovals: async (tenant, state) => count("tenant = ? AND state = ?", tenant, state),
    dueApprovals: async (now, limit) =>
      sql.rows(
        Row,
        `SELECT ${COLUMNS} FROM approvals WHERE expires_at <= ? AND state IN ('pending', 'approved') ORDER BY expires_at, id LIMIT ?`,
        now,
        limit,
      ),
    retainApprovals: async (before, textBefore) => {
      sql.run("DELETE FROM approvals WHERE created_at < ? AND state NOT IN ('pending', 'approved')", before);
      sql.run(
        "UPDATE approvals SET content = '', answer = '' WHERE created_at < ? AND content != '' AND state NOT IN ('pending', 'approved')",
        textBefore,
      );
    },
    forgetApprovals: async (tenant, principal) => {
      const forgotten = sql.run("DELETE FROM approvals WHERE tenant = ? AND principal = ?", tenant, principal);
      // Older pages with the text still stand in the write-ahead log.
      if (forgotten > 0) sql.row(z.unknown(), "PRAGMA wal_checkpoint(TRUNCATE)");
      return forgotten;
    },
  };
};
