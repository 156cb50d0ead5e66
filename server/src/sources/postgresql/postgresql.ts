import { csvRows } from "../csv.ts";
import { decodedOf } from "../draft.ts";
import { firstText, isFields, numberOf, textAt, timeOf, without, type Fields } from "../read.ts";
import type { Decoded, Source, SourcePayload, SplitRecord } from "../source.ts";
import { splitPayload } from "../split-payload.ts";
import { statementFacts } from "./statement.ts";

const RECORD_BYTES_MAX = 1024 * 1024;
const SHOWN_UNITS_MAX = 2_000;

/** Columns of csvlog under jsonlog's names; 13 and later add `backend_type`, 14 and later the last two. */
const COLUMNS = [
  "timestamp",
  "user",
  "dbname",
  "pid",
  "connection_from",
  "session_id",
  "line_num",
  "ps",
  "session_start",
  "vxid",
  "txid",
  "error_severity",
  "state_code",
  "message",
  "detail",
  "hint",
  "internal_query",
  "internal_position",
  "context",
  "statement",
  "cursor_position",
  "location",
  "application_name",
  "backend_type",
  "leader_pid",
  "query_id",
] as const;
const COLUMNS_MIN = 23;

function* split(payload: SourcePayload): Generator<SplitRecord> {
  const text = Buffer.from(payload.bytes.buffer, payload.bytes.byteOffset, payload.bytes.byteLength).toString("utf8");
  if (/^\s*[[{]/.test(text)) {
    yield* splitPayload(payload, { lists: [], lines: "json", recordBytesMax: RECORD_BYTES_MAX });
    return;
  }
  for (const { line, cells, isWhole } of csvRows(text)) {
    const size = cells.reduce((sum, cell) => sum + cell.length, 0);
    if (!isWhole || cells.length < COLUMNS_MIN || size > RECORD_BYTES_MAX) {
      const why = isWhole ? `${cells.length} columns and ${size} bytes` : "a quote that stays open";
      yield {
        ok: false,
        reason: `Line ${line} has ${why}. Send csvlog or jsonlog of PostgreSQL, whole lines, each at most ${RECORD_BYTES_MAX} bytes`,
        text: cells.join(",").slice(0, SHOWN_UNITS_MAX),
      };
      continue;
    }
    const record: Record<string, unknown> = {};
    for (const [index, name] of COLUMNS.entries()) if (cells[index]) record[name] = cells[index];
    yield { ok: true, record };
  }
}

const AUDIT = /^AUDIT: (SESSION|OBJECT),([\s\S]+)$/;
const SIGNED_IN = /^connection authorized: user=(\S+)(?: database=(\S+))?/;
const STATEMENT = /^(?:duration: ([0-9.]+) ms\s+)?(?:statement|execute [^:]{1,64}): ([\s\S]+)$/;
const ROLE_COMMAND =
  /^\s*(?:grant|revoke|(?:create|alter|drop)\s+(?:role|user|group)|security\s+label|reassign|set\s+role)\b/i;
/** SQLSTATE class 28: invalid authorization. */
const NO_ENTRY = /^28/;

interface Reading {
  readonly kind: string;
  readonly statement?: string | undefined;
  readonly limit?: number | undefined;
  readonly table?: string | undefined;
  readonly latencyMs?: number | undefined;
  readonly audit?: Fields | undefined;
  readonly action?: string | undefined;
}

const decode = (record: Fields, receivedAt: string): Decoded => {
  const message = textOfMessage(record);
  if (message === undefined || record["error_severity"] === undefined)
    return {
      kind: "malformed",
      reason:
        "Not a record of PostgreSQL's log: it has no message and error_severity. Set log_destination to jsonlog or csvlog",
    };
  const reading = readMessage(message, textAt(record, "state_code"));
  const user = textAt(record, "user") ?? SIGNED_IN.exec(message)?.[1];
  const database = textAt(record, "dbname");
  const severity = textAt(record, "error_severity") ?? "";
  return decodedOf(
    {
      time: timeOf(record["timestamp"]) ?? receivedAt,
      kind: reading.kind,
      principal: user === undefined ? undefined : `user:${user}`,
      asset:
        reading.table === undefined
          ? undefined
          : `table:${database === undefined ? reading.table : `${database}.${reading.table}`}`,
      session: undefined,
      key: keyOf(record),
      known: {
        address: textAt(record, "remote_host") ?? textAt(record, "connection_from")?.replace(/:\d+$/, ""),
        outcome: /^(?:ERROR|FATAL|PANIC)$/.test(severity) ? "failure" : "success",
        latencyMs: reading.latencyMs,
        action: reading.action ?? textAt(record, "ps"),
      },
      extra: { ...reading.audit, query: reading.statement, limit: reading.limit },
    },
    // Statements stand in `query`, with their vectors shortened; values of parameters are personal data.
    reading.statement === undefined
      ? without(record, ["detail"])
      : without({ ...record, message: message.slice(0, 40) }, ["statement"], ["detail"]),
  );
};

const textOfMessage = (record: Fields): string | undefined =>
  typeof record["message"] === "string" && record["message"] !== "" ? record["message"] : undefined;

const keyOf = (record: Fields): string | undefined => {
  const session = textAt(record, "session_id");
  const line = textAt(record, "line_num");
  return session === undefined || line === undefined ? undefined : `${session}:${line}`;
};

const readMessage = (message: string, state: string | undefined): Reading => {
  if (SIGNED_IN.test(message) || NO_ENTRY.test(state ?? "")) return { kind: "sign_in" };
  const audit = AUDIT.exec(message);
  if (audit !== null) return readAudit(audit[1] ?? "", audit[2] ?? "");
  const [, duration, statement] = STATEMENT.exec(message) ?? [];
  if (statement === undefined) return { kind: "log" };
  const facts = statementFacts(statement);
  return {
    kind: ROLE_COMMAND.test(statement) ? "role.change" : facts.kind,
    statement: facts.text,
    limit: facts.limit,
    table: facts.table,
    latencyMs: numberOf(duration),
  };
};

/** pgaudit: STATEMENT_ID,SUBSTATEMENT_ID,CLASS,COMMAND,OBJECT_TYPE,OBJECT_NAME,STATEMENT,PARAMETER[,ROWS]. */
const readAudit = (type: string, rest: string): Reading => {
  const [row] = csvRows(rest);
  const [statementId, substatementId, group, command, objectType, objectName, statement = "", , rows] =
    row?.cells ?? [];
  const facts = statementFacts(statement);
  return {
    kind: group === "ROLE" || ROLE_COMMAND.test(statement) ? "role.change" : facts.kind,
    statement: facts.text,
    limit: facts.limit,
    table: firstText(objectName, facts.table),
    action: command,
    audit: {
      audit_type: type,
      statement_id: numberOf(statementId),
      substatement_id: numberOf(substatementId),
      class: firstText(group),
      command: firstText(command),
      object_type: firstText(objectType),
      object_name: firstText(objectName),
      rows: numberOf(rows),
    },
  };
};

export const postgresql: Source = {
  id: "postgresql",
  title: "PostgreSQL and pgvector",
  description:
    "PostgreSQL's csvlog or jsonlog with pgaudit: queries, changes of roles, sign-ins. Searches and writes of pgvector have their own kinds; values of parameters are left out.",
  setup: [
    "In `postgresql.conf`, then follow the log file (transport `file`):",
    "```ini",
    "shared_preload_libraries = 'pgaudit'",
    "log_destination = 'jsonlog'",
    "logging_collector = on",
    "log_connections = on",
    "pgaudit.log = 'read, write, role, ddl'",
    "pgaudit.log_rows = on",
    "```",
  ].join("\n"),
  reference: "https://www.postgresql.org/docs/current/runtime-config-logging.html",
  bindings: [
    { logsource: { product: "ai", service: "identity" }, source: "postgresql", kinds: ["role.change", "sign_in"] },
    {
      logsource: { product: "ai", service: "vector_db" },
      source: "postgresql",
      kinds: ["vector.*", "db.query", "role.change", "sign_in"],
    },
    { logsource: { product: "postgresql" }, source: "postgresql" },
  ],
  recordBytesMax: RECORD_BYTES_MAX,
  split,
  decode: (record, { receivedAt }) =>
    isFields(record)
      ? decode(record, receivedAt)
      : { kind: "malformed", reason: "A record of PostgreSQL's log is an object of jsonlog or a line of csvlog" },
};
