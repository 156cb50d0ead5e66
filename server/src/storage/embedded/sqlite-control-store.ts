import { Finding, FindingException, Link, SelfTestRun, type TenantId } from "@parapet/model";
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { systemClock, toTimestamp, type Clock } from "#platform";
import type { ControlStore } from "../control-store.ts";
import { keepDecisions } from "../keep-decisions.ts";
import {
  CountRow,
  CredentialRow,
  inData,
  JudgedRow,
  KeyData,
  OpenExchangeRow,
  OverlayRow,
  SealedRow,
  SessionData,
  SubjectKeyRow,
  UserData,
} from "./control-rows.ts";
import { CONTROL_MIGRATIONS } from "./control-schema.ts";
import { approvalsOf } from "./control-approvals.ts";
import { notesOf } from "./control-notes.ts";
import { decodePlace, encodePlace } from "./page-cursor.ts";
import { feedsOf } from "./sqlite-feeds.ts";
import { inTransaction, makeStatements, openDatabase, type Statements } from "./sqlite.ts";

const OPEN = "status IN ('new', 'triaged', 'in_progress')";
// After every possible place in a list, newest first.
const BEYOND = { time: "9999-12-31T23:59:59.999Z", id: "~" };

type Credentials = Pick<
  ControlStore,
  | "listKeys"
  | "putKey"
  | "listCredentials"
  | "getCredential"
  | "putCredential"
  | "getSubjectKey"
  | "addSubjectKeys"
  | "deleteSubjectKey"
>;

const credentialsOf = (sql: Statements, database: DatabaseSync): Credentials => ({
  listKeys: async (tenant) => sql.rows(inData(KeyData), "SELECT data FROM keys WHERE tenant = ? ORDER BY id", tenant),
  putKey: async (key) => {
    sql.run("INSERT OR REPLACE INTO keys (tenant, id, data) VALUES (?, ?, ?)", key.tenant, key.id, JSON.stringify(key));
  },
  listCredentials: async (tenant) =>
    sql.rows(
      CredentialRow,
      "SELECT name, updated_at AS updatedAt FROM credentials WHERE tenant = ? ORDER BY name",
      tenant,
    ),
  getCredential: async (tenant, name) =>
    sql.row(SealedRow, "SELECT sealed FROM credentials WHERE tenant = ? AND name = ?", tenant, name)?.sealed,
  putCredential: async (tenant, name, sealed, updatedAt) => {
    sql.run("INSERT OR REPLACE INTO credentials VALUES (?, ?, ?, ?)", tenant, name, sealed, updatedAt);
  },
  getSubjectKey: async (tenant, subjectHash) =>
    sql.row(
      SubjectKeyRow,
      `SELECT tenant, subject_hash AS subjectHash, wrapped, created_at AS createdAt
       FROM subject_keys WHERE tenant = ? AND subject_hash = ?`,
      tenant,
      subjectHash,
    ),
  // A key that is there is never replaced: what was sealed under it would be lost.
  addSubjectKeys: async (keys) =>
    inTransaction(database, () => {
      for (const { tenant, subjectHash, wrapped, createdAt } of keys)
        sql.run(
          "INSERT INTO subject_keys VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
          tenant,
          subjectHash,
          wrapped,
          createdAt,
        );
    }),
  deleteSubjectKey: async (tenant, subjectHash) => {
    const deleted = sql.run("DELETE FROM subject_keys WHERE tenant = ? AND subject_hash = ?", tenant, subjectHash) > 0;
    // Erasure must reach the disk's bytes: older pages with the key still stand in the write-ahead log.
    sql.row(z.unknown(), "PRAGMA wal_checkpoint(TRUNCATE)");
    return deleted;
  },
});

type People = Pick<
  ControlStore,
  "listUsers" | "findUserByTokenHash" | "putUser" | "setUserDisabled" | "putSession" | "getSession" | "deleteSession"
>;

const peopleOf = (sql: Statements, database: DatabaseSync, clock: Clock): People => ({
  listUsers: async (tenant) =>
    sql.rows(inData(UserData), "SELECT data FROM users WHERE tenant = ? ORDER BY name", tenant),
  findUserByTokenHash: async (tokenHash) =>
    sql.row(inData(UserData), "SELECT data FROM users WHERE token_hash = ?", tokenHash),
  putUser: async (user) => {
    sql.run(
      `INSERT INTO users (tenant, name, token_hash, data) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant, name) DO UPDATE SET token_hash = excluded.token_hash, data = excluded.data`,
      user.tenant,
      user.name,
      user.tokenHash,
      JSON.stringify(user),
    );
  },
  setUserDisabled: async (tenant, name, disabled) =>
    inTransaction(database, () => {
      const users = sql.rows(inData(UserData), "SELECT data FROM users WHERE tenant = ?", tenant);
      const user = users.find((one) => one.name === name);
      if (user === undefined) return undefined;
      const isLeft = users.some((one) => one.name !== name && one.role === "administrator" && !one.disabled);
      if (disabled && user.role === "administrator" && !isLeft) return "last";
      const changed = { ...user, disabled };
      sql.run("UPDATE users SET data = ? WHERE tenant = ? AND name = ?", JSON.stringify(changed), tenant, name);
      // A session that only slept would come back with its user.
      if (disabled) sql.run("DELETE FROM sessions WHERE data ->> '$.user' = ?", user.tokenHash);
      return changed;
    }),
  putSession: async (session) => {
    sql.run("DELETE FROM sessions WHERE expires_at < ?", toTimestamp(clock.now()));
    const { idHash, expiresAt } = session;
    sql.run("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", idHash, expiresAt, JSON.stringify(session));
  },
  getSession: async (idHash) => sql.row(inData(SessionData), "SELECT data FROM sessions WHERE id_hash = ?", idHash),
  deleteSession: async (idHash) => {
    sql.run("DELETE FROM sessions WHERE id_hash = ?", idHash);
  },
});

type Findings = Pick<
  ControlStore,
  | "listFindings"
  | "getFinding"
  | "findFindingOf"
  | "queueFindings"
  | "countNewFindings"
  | "judgedFindings"
  | "listExceptions"
  | "putException"
  | "deleteException"
  | "findLastFinding"
  | "putFinding"
  | "putFindings"
  | "changeFinding"
  | "countOpenFindings"
  | "listModeOverlays"
  | "putModeOverlay"
>;

const readFinding = (sql: Statements, tenant: TenantId, id: string): Finding | undefined =>
  sql.row(inData(Finding), "SELECT data FROM findings WHERE tenant = ? AND id = ?", tenant, id);

const writeFinding = (sql: Statements, tenant: TenantId, finding: Finding): void => {
  const { id, rule, groupKey, status, severity, lastSeen } = finding;
  sql.run(
    `INSERT OR REPLACE INTO findings (tenant, id, rule, group_key, status, severity, last_seen, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    id,
    rule,
    groupKey,
    status,
    severity,
    lastSeen,
    JSON.stringify(finding),
  );
};

const putFinding = (sql: Statements, tenant: TenantId, finding: Finding): void => {
  const stored = readFinding(sql, tenant, finding.id);
  writeFinding(sql, tenant, stored === undefined ? finding : keepDecisions(stored, finding));
};

const findingsOf = (sql: Statements, database: DatabaseSync): Findings => ({
  listFindings: async (tenant, { status, severity, rule, sinceMs, limit, cursor }) => {
    const after = cursor === undefined ? BEYOND : decodePlace(cursor);
    const found = sql.rows(
      inData(Finding),
      `SELECT data FROM findings
       WHERE tenant = ?1 AND (last_seen, id) < (?2, ?3)
         AND (?4 IS NULL OR status = ?4) AND (?5 IS NULL OR severity = ?5)
         AND (?6 IS NULL OR rule = ?6) AND (?7 IS NULL OR last_seen >= ?7)
       ORDER BY last_seen DESC, id DESC LIMIT ?8`,
      tenant,
      after.time,
      after.id,
      status ?? null,
      severity ?? null,
      rule ?? null,
      sinceMs === undefined ? null : toTimestamp(sinceMs),
      limit + 1,
    );
    const items = found.slice(0, limit);
    const last = items.at(-1);
    if (last === undefined || found.length <= limit) return { items };
    return { items, next: encodePlace({ time: last.lastSeen, id: last.id }) };
  },
  getFinding: async (tenant, id) => readFinding(sql, tenant, id),
  findFindingOf: async (tenant, rule, groupKey) =>
    sql.row(
      inData(Finding),
      `SELECT data FROM findings WHERE tenant = ? AND rule = ? AND group_key = ? AND status != 'resolved'
       ORDER BY last_seen DESC LIMIT 1`,
      tenant,
      rule,
      groupKey,
    ),
  findLastFinding: async (tenant, rule, groupKey) =>
    sql.row(
      inData(Finding),
      // Left to itself the planner walks through all findings by time, for the order's sake.
      `SELECT data FROM findings INDEXED BY findings_by_group WHERE tenant = ? AND rule = ? AND group_key = ?
       ORDER BY last_seen DESC, id DESC LIMIT 1`,
      tenant,
      rule,
      groupKey,
    ),
  putFinding: async (tenant, finding) => inTransaction(database, () => putFinding(sql, tenant, finding)),
  putFindings: async (tenant, findings) => {
    if (findings.length === 0) return;
    inTransaction(database, () => {
      for (const finding of findings) putFinding(sql, tenant, finding);
    });
  },
  changeFinding: async (tenant, id, change) =>
    inTransaction(database, () => {
      const stored = readFinding(sql, tenant, id);
      const changed = stored === undefined ? undefined : change(stored);
      if (changed !== undefined) writeFinding(sql, tenant, changed);
      return changed;
    }),
  countOpenFindings: async (tenant) =>
    sql.row(CountRow, `SELECT count(*) AS count FROM findings WHERE tenant = ? AND ${OPEN}`, tenant)?.count ?? 0,
  queueFindings: async (tenant, limit) =>
    sql.rows(
      inData(Finding),
      `SELECT data FROM findings WHERE tenant = ? AND ${OPEN} ORDER BY score DESC, last_seen DESC, id DESC LIMIT ?`,
      tenant,
      limit,
    ),
  countNewFindings: async (tenant, sinceMs) =>
    sql.row(
      CountRow,
      `SELECT count(*) AS count FROM findings
       WHERE tenant = ? AND last_seen >= ?2 AND data ->> '$.firstSeen' >= ?2 AND data ->> '$.exception' IS NULL`,
      tenant,
      toTimestamp(sinceMs),
    )?.count ?? 0,
  judgedFindings: async (tenant, sinceMs) =>
    sql.rows(
      JudgedRow,
      `SELECT rule, status, last_seen AS lastSeen, data ->> '$.firstSeen' AS firstSeen,
         coalesce(data ->> '$.exception', '') AS exception
       FROM findings WHERE tenant = ? AND last_seen >= ?`,
      tenant,
      toTimestamp(sinceMs),
    ),
  listExceptions: async (tenant, nowMs) =>
    sql.rows(
      inData(FindingException),
      "SELECT data FROM finding_exceptions WHERE tenant = ? AND expires_at > ? ORDER BY expires_at, id",
      tenant,
      toTimestamp(nowMs),
    ),
  putException: async (tenant, exception) => {
    sql.run(
      "INSERT OR REPLACE INTO finding_exceptions VALUES (?, ?, ?, ?)",
      tenant,
      exception.id,
      exception.expiresAt,
      JSON.stringify(exception),
    );
  },
  deleteException: async (tenant, id) =>
    sql.run("DELETE FROM finding_exceptions WHERE tenant = ? AND id = ?", tenant, id) > 0,
  listModeOverlays: async (tenant) =>
    sql.rows(OverlayRow, "SELECT route, mode, actor, time FROM mode_overlays WHERE tenant = ? ORDER BY route", tenant),
  putModeOverlay: async (tenant, route, mode, actor, time) => {
    sql.run("INSERT OR REPLACE INTO mode_overlays VALUES (?, ?, ?, ?, ?)", tenant, route, mode, actor, time);
  },
});

type Links = Pick<ControlStore, "listLinks" | "putLinks" | "deleteLinks">;

const linksOf = (sql: Statements, database: DatabaseSync): Links => ({
  listLinks: async (tenant, limit) =>
    sql.rows(
      Link,
      `SELECT one, other, rule, confidence, first_seen AS firstSeen, last_seen AS lastSeen
       FROM links WHERE tenant = ? ORDER BY last_seen DESC, one, other LIMIT ?`,
      tenant,
      limit,
    ),
  putLinks: async (tenant, links) => {
    if (links.length === 0) return;
    inTransaction(database, () => {
      for (const { one, other, rule, confidence, firstSeen, lastSeen } of links) {
        sql.run(
          `INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET confidence = excluded.confidence,
             first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`,
          tenant,
          one,
          other,
          rule,
          confidence,
          firstSeen,
          lastSeen,
        );
      }
    });
  },
  deleteLinks: async (tenant, { seenBefore, name }) =>
    sql.run(
      "DELETE FROM links WHERE tenant = ?1 AND (last_seen < ?2 OR one = ?3 OR other = ?3)",
      tenant,
      seenBefore ?? "",
      name ?? "",
    ),
});

type SelfTests = Pick<ControlStore, "putSelfTestRun" | "listSelfTestRuns" | "getSelfTestRun">;

const selfTestsOf = (sql: Statements): SelfTests => ({
  putSelfTestRun: async (tenant, run, keep) => {
    sql.run(
      "INSERT OR REPLACE INTO self_test_runs VALUES (?, ?, ?, ?)",
      tenant,
      run.id,
      run.startedAt,
      JSON.stringify(run),
    );
    sql.run(
      `DELETE FROM self_test_runs WHERE tenant = ?1 AND id NOT IN (
         SELECT id FROM self_test_runs WHERE tenant = ?1 ORDER BY started_at DESC, id DESC LIMIT ?2)`,
      tenant,
      keep,
    );
  },
  listSelfTestRuns: async (tenant, limit) =>
    sql.rows(
      inData(SelfTestRun),
      "SELECT data FROM self_test_runs WHERE tenant = ? ORDER BY started_at DESC, id DESC LIMIT ?",
      tenant,
      limit,
    ),
  getSelfTestRun: async (tenant, id) =>
    sql.row(inData(SelfTestRun), "SELECT data FROM self_test_runs WHERE tenant = ? AND id = ?", tenant, id),
});

/** The control store in one SQLite file: WAL, each change synced before it resolves. `path` is made when absent. */
export const openSqliteControlStore = (path: string, clock: Clock = systemClock): ControlStore => {
  const database = openDatabase(path, CONTROL_MIGRATIONS);
  const sql = makeStatements(database);
  return {
    ...credentialsOf(sql, database),
    ...peopleOf(sql, database, clock),
    ...findingsOf(sql, database),
    ...selfTestsOf(sql),
    ...linksOf(sql, database),
    ...feedsOf(sql, database),
    ...notesOf(sql, database),
    ...approvalsOf(sql, database),
    openExchanges: async (node) =>
      sql.rows(
        OpenExchangeRow,
        "SELECT tenant, exchange, node, boot, opened FROM open_exchanges WHERE node = ? ORDER BY exchange",
        node,
      ),
    changeOpenExchanges: async (add, remove) => {
      if (add.length === 0 && remove.length === 0) return;
      inTransaction(database, () => {
        for (const { exchange, tenant, node, boot, opened } of add) {
          sql.run("INSERT OR REPLACE INTO open_exchanges VALUES (?, ?, ?, ?, ?)", exchange, tenant, node, boot, opened);
        }
        for (const exchange of remove) sql.run("DELETE FROM open_exchanges WHERE exchange = ?", exchange);
      });
    },
    close: async () => {
      if (database.isOpen) database.close();
    },
  };
};
