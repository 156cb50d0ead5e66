/** A process for the tests to kill: inserts batches of twenty events, each twice, and prints each token when done. */
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { DEFAULT_TENANT } from "@parapet/model";
import { uuidv7 } from "#platform";
import { openChdbEventStore } from "./chdb-event-store.ts";
import { EventId } from "@parapet/model";

const store = await openChdbEventStore({ directory: process.argv[2] ?? "" });
for (;;) {
  const token = randomUUID();
  const time = new Date().toISOString();
  const events = Array.from({ length: 20 }, (_, index) => ({
    tenant: DEFAULT_TENANT,
    id: EventId.parse(uuidv7(Date.now())),
    time,
    receivedAt: time,
    source: "gateway",
    kind: "exchange.closed",
    schemaVersion: 1,
    severity: "low" as const,
    session: token,
    body: { index, text: "b".repeat(500) },
  }));
  await store.insert({ events, exchanges: [] }, token);
  await store.insert({ events, exchanges: [] }, token);
  writeSync(1, `${token}\n`);
}
