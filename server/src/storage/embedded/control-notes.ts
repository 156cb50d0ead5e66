import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { ControlStore, Note } from "../control-store.ts";
import { inTransaction, type Statements } from "./sqlite.ts";

const Row = z.object({
  kind: z.string(),
  id: z.string(),
  subject: z.string(),
  time: z.string(),
  data: z.string().transform((text): unknown => JSON.parse(text)),
});
const NOTES_MAX = 100_000;

/** What detection remembers. */
export const notesOf = (
  sql: Statements,
  database: DatabaseSync,
): Pick<ControlStore, "putNotes" | "listNotes" | "deleteNotes"> => ({
  putNotes: async (tenant, notes) => {
    if (notes.length === 0) return;
    inTransaction(database, () => {
      for (const { kind, id, subject, time, data } of notes)
        sql.run(
          "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?)",
          tenant,
          kind,
          id,
          subject,
          time,
          JSON.stringify(data),
        );
    });
  },
  listNotes: async (tenant, kind, { ids, subject, since, limit = NOTES_MAX } = {}): Promise<readonly Note[]> =>
    sql.rows(
      Row,
      `SELECT kind, id, subject, time, data FROM notes
       WHERE tenant = ?1 AND kind = ?2 AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))
         AND (?4 IS NULL OR subject = ?4) AND (?5 IS NULL OR time >= ?5)
       ORDER BY time DESC, id LIMIT ?6`,
      tenant,
      kind,
      ids === undefined ? null : JSON.stringify(ids),
      subject ?? null,
      since ?? null,
      limit,
    ),
  deleteNotes: async (tenant, which) => {
    if ("subject" in which) sql.run("DELETE FROM notes WHERE tenant = ? AND subject = ?", tenant, which.subject);
    else if ("ids" in which)
      sql.run(
        "DELETE FROM notes WHERE tenant = ? AND kind = ? AND id IN (SELECT value FROM json_each(?))",
        tenant,
        which.kind,
        JSON.stringify(which.ids),
      );
    else sql.run("DELETE FROM notes WHERE tenant = ? AND kind = ? AND time < ?", tenant, which.kind, which.before);
  },
});
