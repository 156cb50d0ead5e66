import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DEFAULT_TENANT, EventId, TenantId } from "@parapet/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeEventAgents } from "../contract/event-agents.ts";
import { describeEventHits } from "../contract/event-hits.ts";
import { describeEventStore } from "../contract/event-store.ts";
import { openChdbEventStore } from "./chdb-event-store.ts";

// The engine binds a process to one directory for as long as it lives, so this file uses one.
const directory = mkdtempSync(join(tmpdir(), "parapet-events-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (script: string): ReturnType<typeof spawn> =>
  spawn(process.execPath, ["--conditions=source", fileURLToPath(new URL(script, import.meta.url)), directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });

// All that follows holds for a store that an earlier version made.
beforeAll(async () => {
  expect(await once(run("./earlier-store-process.ts"), "close")).toEqual([null, "SIGKILL"]);
}, 60_000);

const child = (): { readonly process: ReturnType<typeof spawn>; readonly lines: AsyncIterable<string> } => {
  const process_ = run("./event-writer-process.ts");
  return { process: process_, lines: createInterface({ input: process_.stdout ?? process.stdin }) };
};

test(
  "batches acknowledged before the process was killed are there, and a repeated one changes nothing",
  { timeout: 60_000 },
  async () => {
    const acknowledged = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const writer = child();
      let count = 0;
      for await (const line of writer.lines) {
        acknowledged.add(line);
        count += 1;
        if (count === 1 && round === 0) {
          await expect(openChdbEventStore({ directory })).rejects.toThrow("in use by another process");
        }
        if (count === 4 + round * 3) writer.process.kill("SIGKILL");
      }
      if (writer.process.exitCode === null && writer.process.signalCode === null) await once(writer.process, "close");
    }
    const store = await openChdbEventStore({ directory });
    const stored = new Set<string>();
    let rows = 0;
    for await (const batch of store.scanEvents(DEFAULT_TENANT, { sinceMs: 0 })) {
      for (const { session } of batch) stored.add(session ?? "");
      rows += batch.length;
    }
    expect([...acknowledged].filter((token) => !stored.has(token))).toEqual([]);
    // Each batch was inserted twice under its token.
    expect(rows).toBe(stored.size * 20);
    await store.close();
  },
);

test("the record of an exchange that an earlier version kept in the body is no field of it", async () => {
  const store = await openChdbEventStore({ directory });
  const id = EventId.parse("01a2020d-ae07-732a-8ade-8fe67f31a99c");
  const time = "2026-11-22T06:59:40.679Z";
  const tenant = TenantId.parse("earlier");
  // Its erasure was cut off, which is done to the end before the store is brought forward.
  const before = await store.getEvent(tenant, "01a2020d-ae07-732a-8ade-8fe67f31a99b");
  expect([before?.body, before?.record]).toEqual([{ user: "erased" }, "{}"]);
  const common = { tenant, time, receivedAt: time, kind: "k", schemaVersion: 1, severity: "low" } as const;
  const body = { status: 200, record: "{}" };
  await store.insert({ events: [{ ...common, id, source: "gateway", body }], exchanges: [] }, "earlier");
  expect(await store.getEvent(tenant, id)).toMatchObject({ record: "{}", body: { status: 200 } });
  expect((await store.getEvent(tenant, id))?.body).not.toHaveProperty("record");
  // What a source calls a record is its own word.
  const told = EventId.parse("01a2020d-ae07-732a-8ade-8fe67f31a99d");
  await store.insert({ events: [{ ...common, id: told, source: "okta", body }], exchanges: [] }, "told");
  expect((await store.getEvent(tenant, told))?.body).toEqual(body);
  await store.close();
});

describeEventStore("the chDB event store", async () => ({
  open: () => openChdbEventStore({ directory }),
  dispose: async () => undefined,
}));

describeEventAgents("the chDB event store", async () => ({
  open: () => openChdbEventStore({ directory }),
  dispose: async () => undefined,
}));
describeEventHits("the chDB event store", async () => ({
  open: () => openChdbEventStore({ directory }),
  dispose: async () => undefined,
}));
