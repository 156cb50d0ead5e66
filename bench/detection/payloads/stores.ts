import type { Random } from "../company/random.ts";
import { iso, type Signal } from "./signal.ts";

export const qdrant = (
  atMs: number,
  call: {
    readonly method?: string;
    readonly path: string;
    readonly address: string;
    readonly bytes: number;
    readonly status?: number;
    readonly userAgent?: string;
  },
): Signal => ({
  source: "qdrant",
  atMs,
  record: `${iso(atMs).slice(0, -1)}000Z  INFO actix_web::middleware::logger: ${call.address} "${call.method ?? "POST"} ${call.path} HTTP/1.1" ${String(call.status ?? 200)} ${String(Math.round(call.bytes))} "-" "${call.userAgent ?? "python-client/1.15.1 python/3.12.3"}" 0.004`,
});

export const postgres = (
  atMs: number,
  random: Random,
  statement: {
    readonly user: string;
    readonly address: string;
    readonly class: "READ" | "WRITE" | "ROLE" | "DDL" | "MISC";
    readonly command: string;
    readonly object?: string;
    readonly text: string;
    readonly rows?: number;
    readonly database?: string;
  },
): Signal => ({
  source: "postgresql",
  atMs,
  record: {
    timestamp: `${iso(atMs).slice(0, -1).replace("T", " ")} UTC`,
    user: statement.user,
    dbname: statement.database ?? "knowledge",
    pid: 10_000 + random.whole(9_000),
    remote_host: statement.address,
    remote_port: 50_000,
    session_id: random.hex(12),
    line_num: 1 + random.whole(900),
    ps: statement.command,
    error_severity: "LOG",
    message: `AUDIT: SESSION,${String(1 + random.whole(90))},1,${statement.class},${statement.command},TABLE,${statement.object ?? ""},"${statement.text.replaceAll('"', '""')}",<none>${statement.rows === undefined ? "" : `,${String(statement.rows)}`}`,
    application_name: "rag",
    backend_type: "client backend",
  },
});

export const postgresRefused = (atMs: number, random: Random, user: string, address: string): Signal => ({
  source: "postgresql",
  atMs,
  record: {
    timestamp: `${iso(atMs).slice(0, -1).replace("T", " ")} UTC`,
    user,
    dbname: "knowledge",
    pid: 10_000 + random.whole(9_000),
    remote_host: address,
    session_id: random.hex(12),
    line_num: 1,
    error_severity: "FATAL",
    state_code: "28P01",
    message: `password authentication failed for user "${user}"`,
  },
});
