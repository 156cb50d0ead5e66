/**
 * The baseline: as many rows as JSONEachRow into a MergeTree of the same engine with an event's envelope and
 * its body as one string. No index, no sync, no ledger. Prints one line of JSON.
 * `node plain-insert.ts DIRECTORY ROWS BYTES-PER-ROW BATCH`.
 */
import { drainPending, Session } from "chdb";
import { newText } from "./records.ts";

const [directory = "", rows = "0", bytes = "0", batch = "4000"] = process.argv.slice(2);
const session = new Session(directory);
const columns = [
  "tenant",
  "id",
  "source",
  "kind",
  "severity",
  "exchange",
  "session",
  "principal",
  "agent",
  "asset",
  "route",
  "model",
  "trace",
  "text",
  "raw",
];
await session.queryBindAsync("CREATE DATABASE bench", {});
await session.queryBindAsync(
  `CREATE TABLE bench.events (time DateTime64(3, 'UTC'), ${columns.map((name) => `${name} String`).join(", ")}) ENGINE = MergeTree ORDER BY (tenant, time, id)`,
  {},
);
const filler = Array.from({ length: 64 }, () => newText(Number(bytes)).slice(0, Number(bytes)));

let wallMs = 0;
for (let first = 0; first < Number(rows); first += Number(batch)) {
  const count = Math.min(Number(batch), Number(rows) - first);
  const lines = Array.from({ length: count }, (_, at) => {
    const row = first + at;
    const common = {
      tenant: "default",
      source: "gateway",
      kind: "exchange.closed",
      severity: "low",
      agent: "",
      asset: "",
      route: "bench",
      model: "bench-model-2",
      trace: "",
    };
    return `${JSON.stringify({ ...common, time: new Date().toISOString(), id: `event-${String(row)}`, exchange: `exchange-${String(row >> 1)}`, session: `fp-${String(row % 5_000)}`, principal: `user:person-${String(row % 500)}`, text: "", raw: `${String(row)} ${filler[row % 64] ?? ""}` })}\n`;
  });
  const values = Buffer.from(lines.join(""));
  const start = performance.now();
  await session.insert({
    table: "bench.events",
    values,
    format: "JSONEachRow",
    settings: { date_time_input_format: "best_effort" },
  });
  wallMs += performance.now() - start;
}
session.close();
await drainPending();
console.log(JSON.stringify({ wallMs }));

process.exit(0);
