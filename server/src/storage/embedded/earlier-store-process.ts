/**
 * A process for the tests: makes a store as it was before bodies were text alone, with one event, and is gone in the
 * middle of an erasure.
 */
import { openChdbEngine } from "./chdb-engine.ts";
import { EVENT_MIGRATIONS } from "./chdb-schema.ts";

const engine = await openChdbEngine(process.argv[2] ?? "", 1_500_000_000, EVENT_MIGRATIONS.slice(0, 3));
const event = {
  tenant: "earlier",
  id: "01a2020d-ae07-732a-8ade-8fe67f31a99b",
  time: "2026-11-22T06:59:40.679Z",
  received_at: "2026-11-22T06:59:40.679Z",
  source: "gateway",
  kind: "k",
  schema_version: 1,
  severity: "low",
  raw: JSON.stringify({ user: "ada", record: "{}" }),
};
await engine.insert("parapet.events", Buffer.from(`${JSON.stringify(event)}\n`), "made");
await engine.command("SYSTEM STOP MERGES");
// It takes a second, so that it is not over before the next start looks.
await engine.command(
  `ALTER TABLE parapet.events
   UPDATE raw = replaceAll(raw, '"ada"', '"erased"'), body = if(sleepEachRow(1) = 0, '{}', '{}') WHERE 1
   SETTINGS mutations_sync = 0`,
);
process.kill(process.pid, "SIGKILL");
