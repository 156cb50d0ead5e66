import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHttpDoor } from "./http-door.ts";
import { CREDENTIAL, makeIngestPlace, type IngestPlace } from "./ingest.fixture.ts";

let place: IngestPlace;
let server: Server;
let isReady: boolean;
beforeEach(async () => {
  isReady = true;
  place = await makeIngestPlace([{ id: "events", quota: { eventsPerSecond: 5, bytesPerDay: 1e9 } }]);
  const door = createHttpDoor({
    feeds: place.feeds,
    intake: place.intake,
    insider: async ({ headers }) => headers.authorization === "Bearer administrator",
    ready: () => isReady,
    clock: place.clock,
  });
  server = createServer((request, response) => void door(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await place[Symbol.asyncDispose]();
});

const bearer = { authorization: `Bearer ${CREDENTIAL}` };
const send = (
  body: string | Buffer,
  headers: Record<string, string> = bearer,
  path = "/ingest/events",
  method = "POST",
) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method,
    headers,
    ...(method === "POST" && { body: new Uint8Array(Buffer.from(body)) }),
  });
const stored = async () => (await place.records()).flatMap(({ events }) => events).length;

const sign = (body: string, headers: { id: string; time: string; signature: string }, atMs = place.clock.now()) => {
  const stamp = String(Math.floor(atMs / 1_000));
  const signature = createHmac("sha256", CREDENTIAL).update(`d-1.${stamp}.${body}`).digest("base64");
  return { [headers.id]: "d-1", [headers.time]: stamp, [headers.signature]: `v1,${signature}` };
};
const MLFLOW = { id: "x-mlflow-delivery-id", time: "x-mlflow-timestamp", signature: "x-mlflow-signature" };
const STANDARD = { id: "webhook-id", time: "webhook-timestamp", signature: "webhook-signature" };

test.each([
  ["bearer token", () => bearer],
  ["x-api-key", () => ({ "x-api-key": CREDENTIAL })],
  ["x-webhook-secret", () => ({ "x-webhook-secret": CREDENTIAL })],
  ["basic", () => ({ authorization: `Basic ${Buffer.from(`anybody:${CREDENTIAL}`).toString("base64")}` })],
  ["MLflow's signature", () => sign("{}", MLFLOW)],
  ["Standard Webhooks' signature", () => sign("{}", STANDARD)],
])("a payload with the credential as %s is answered 202 once it is durable", async (_, headers) => {
  const answer = await send("{}", headers());
  expect([answer.status, await answer.json()]).toEqual([202, { accepted: 1, known: 0, skipped: 0, malformed: 0 }]);
  expect(await stored()).toBe(1);
});

test.each([
  ["none", () => ({})],
  ["a wrong one", () => ({ authorization: "Bearer wrong" })],
  ["a signature of another body", () => sign("{ }", MLFLOW)],
  ["a signature that is too old", () => sign("{}", MLFLOW, place.clock.now() - 301_000)],
  ["a signature of the future", () => sign("{}", STANDARD, place.clock.now() + 301_000)],
])("with %s nothing is taken, and the answer says what is needed", async (_, headers) => {
  const answer = await send("{}", headers());
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain("credential");
  expect(await stored()).toBe(0);
});

test("a source that is not configured is refused with what to configure; ours may use the catalogue", async () => {
  const stranger = await send("{}", bearer, "/ingest/json");
  expect([stranger.status, await stranger.text()]).toEqual([401, expect.stringContaining("sources: [{ id: json")]);
  expect((await send("{}", { authorization: "Bearer administrator" }, "/ingest/json")).status).toBe(202);
  const unknown = await send("{}", { authorization: "Bearer administrator" }, "/ingest/nothing");
  expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining("json")]);
});

test.each([
  ["gzip", gzipSync('{"a":1}')],
  ["deflate", deflateSync('{"a":1}')],
])("%s is read", async (encoding, body) => {
  expect((await send(body, { ...bearer, "content-encoding": encoding })).status).toBe(202);
  expect(await stored()).toBe(1);
});

test.each([
  [413, gzipSync(Buffer.alloc(80 * 1024 * 1024)), "gzip"],
  [400, Buffer.from("not gzip"), "gzip"],
  [415, Buffer.from("{}"), "br"],
])("a body that must not be read is answered %i", async (status, body, encoding) => {
  expect((await send(body, { ...bearer, "content-encoding": encoding })).status).toBe(status);
  expect(await stored()).toBe(0);
});

test.each([
  ["GET", "/ingest/events", 405],
  ["POST", "/ingest/", 404],
  ["POST", "/ingest/a/b", 404],
  ["POST", "/otlp/v1/profiles", 404],
])("%s %s is answered %i", async (method, path, status) => {
  expect((await send("{}", bearer, path, method)).status).toBe(status);
});

test("over its quota a source is answered 429, and 503 while the start is not over, both with when to come again", async () => {
  await send(Array.from({ length: 60 }, () => "{}").join("\n"));
  const over = await send("{}");
  expect([over.status, over.headers.get("retry-after")]).toEqual([429, "3"]);
  isReady = false;
  const early = await send("{}");
  expect([early.status, early.headers.get("retry-after")]).toEqual([503, "1"]);
});

test("what cannot be stored is answered 503; what cannot be read at all 400 and kept", async () => {
  place.faults.write = "ENOSPC";
  expect((await send("{}")).status).toBe(503);
  place.faults.write = undefined;
  const answer = await send("{oops");
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { malformed: 1, reason: expect.stringContaining("line 1") },
  ]);
  const feed = place.feeds.find("events")?.feed;
  expect(feed === undefined ? 0 : await place.deadLetters.count(feed.tenant, "events")).toBe(1);
});
