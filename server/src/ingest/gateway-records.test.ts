import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TENANT, EventId, type SpoolRecord } from "@parapet/model";
import { z } from "zod";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "#platform";
import { faultyFiles, nodeFiles, openFileSpool, type Faults, type Spool } from "#storage";
import {
  createGatewayIngest,
  GATEWAY_APPROVALS_PATH,
  GATEWAY_RECORDS_PATH,
  GATEWAY_STATE_PATH,
  GatewayState,
} from "./gateway-records.ts";

const STATE: GatewayState = {
  keys: [],
  modes: [{ route: "assistant", mode: "enforce" }],
  credentials: [],
  agents: [],
  held: [],
};
const faults: Faults = {};
let directory: string;
let spool: Spool;
let server: Server;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "parapet-ingest-"));
  faults.write = undefined;
  spool = await openFileSpool({
    directory,
    key: Buffer.alloc(32, 1),
    bytesMax: 1e7,
    segmentBytes: 1e6,
    files: faultyFiles(nodeFiles, faults),
  });
  const ingest = createGatewayIngest({
    credential: "source-credential",
    spool,
    state: async () => STATE,
    approvals: async (question) => z.object({ ask: z.string() }).parse(question),
    logger: silentLogger,
  });
  server = createServer((request, response) => void ingest(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await spool.close();
  rmSync(directory, { recursive: true, force: true });
});

const recordOf = (index: number): SpoolRecord => ({
  kind: "audit",
  schemaVersion: 1,
  id: EventId.parse(`01990000-0000-7000-8000-${String(index).padStart(12, "0")}`),
  time: "2026-01-01T00:00:00.000Z",
  tenant: DEFAULT_TENANT,
  type: "key.created",
  actor: "system",
  target: "x",
  outcome: "success",
  detail: {},
});

const send = (body: string, { path = GATEWAY_RECORDS_PATH, credential = "source-credential", method = "POST" } = {}) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method,
    headers: { authorization: `Bearer ${credential}` },
    ...(method === "POST" && { body }),
  });
const lines = (...records: readonly SpoolRecord[]): string =>
  records.map((record) => JSON.stringify(record)).join("\n");
const stored = async () => (await spool.read(undefined, 100)).map(({ json }) => (JSON.parse(json) as SpoolRecord).id);

test("records are accepted once they are durable, and once only however often they are sent", async () => {
  const answer = await send(`${lines(recordOf(1), recordOf(2))}\n`);
  expect([answer.status, await answer.json()]).toEqual([202, { accepted: 2, known: 0 }]);
  expect(await (await send(lines(recordOf(2), recordOf(3), recordOf(3)))).json()).toEqual({ accepted: 1, known: 2 });
  expect(await stored()).toEqual([1, 2, 3].map((index) => recordOf(index).id));
});

test.each(["", "wrong", "source-credential2"])("without the credential (%j) nothing is read", async (credential) => {
  expect((await send(lines(recordOf(1)), { credential })).status).toBe(401);
  expect((await send("", { path: GATEWAY_STATE_PATH, method: "GET", credential })).status).toBe(401);
  expect(await stored()).toEqual([]);
});

test.each(["{", "[]", '{"kind":"audit"}', JSON.stringify({ ...recordOf(9), tenant: "NOT A TENANT" })])(
  "a batch with a line that is no record (%s) is refused whole, and the line is named",
  async (line) => {
    const answer = await send(`${lines(recordOf(1))}\n${line}`);
    expect([answer.status, await answer.json()]).toEqual([400, { error: "not a spool record", line: 2 }]);
    expect(await stored()).toEqual([]);
  },
);

test("what cannot be stored now is answered 503 and accepted when it comes again", async () => {
  faults.write = "ENOSPC";
  expect((await send(lines(recordOf(1)))).status).toBe(503);
  faults.write = undefined;
  await expect.poll(async () => (await send(lines(recordOf(1)))).status, { timeout: 5_000 }).toBe(202);
  expect(await stored()).toEqual([recordOf(1).id]);
});

test("a gateway reads the state it needs, and nothing else is there", async () => {
  const answer = await send("", { path: GATEWAY_STATE_PATH, method: "GET" });
  expect(GatewayState.parse(await answer.json())).toEqual(STATE);
  expect((await send("", { path: "/ingest/other" })).status).toBe(404);
  expect((await send("", { path: GATEWAY_RECORDS_PATH, method: "GET" })).status).toBe(404);
});

test("questions about approvals are answered to who has the credential, and what is none is refused", async () => {
  const asked = await send('{"ask":"waiting"}', { path: GATEWAY_APPROVALS_PATH });
  expect(await asked.json()).toEqual({ ask: "waiting" });
  expect((await send("{}", { path: GATEWAY_APPROVALS_PATH })).status).toBe(400);
  expect((await send("no json", { path: GATEWAY_APPROVALS_PATH })).status).toBe(400);
  expect((await send("{}", { path: GATEWAY_APPROVALS_PATH, credential: "another" })).status).toBe(401);
});
