/**
 * Guarantee: making a detector fail never buys more than the route's mode gives. Every failure × place × mode ends as
 * configured, and whatever passes without inspection is recorded and counted as a bypass.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isExchangeRecord, Limits, RouteConfiguration, type ClosedRecord, type SpoolRecord } from "@parapet/model";
import { createKeyring, createRateLimits } from "@parapet/server/access";
import { createInspector, DETECTORS, type CataloguedDetector } from "@parapet/server/detectors";
import {
  createExaminationPool,
  createGateway,
  createKeptObjects,
  createRouteTable,
  type Gateway,
} from "@parapet/server/gateway";
import {
  createContentHash,
  createInspectionMemory,
  createMaskVault,
  createSessionRisk,
} from "@parapet/server/pipeline";
import { silentLogger, systemClock } from "@parapet/server/platform";
import { loadPolicies } from "@parapet/server/policy";
import { openMemorySharedState } from "@parapet/server/storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "./parapet-process.ts";
import { chat, streamedText } from "./raw-http.ts";
import { completion, sendJson, sendStream, startReplayUpstream, textChunks } from "./replay-upstream.ts";

const TRIGGER = "FAIL-HERE";
const encoded = (text: string, times: number): string =>
  times === 0 ? text : encoded(Buffer.from(text).toString("base64"), times - 1);

const failing: CataloguedDetector = {
  id: "failing",
  version: "1",
  title: "Failing",
  description: "Throws at a word",
  categories: ["secret"],
  contextual: false,
  stream: { kind: "window", stride: 1, reach: 64 },
  settings: z.strictObject({}),
  compile: () => ({
    settings: {},
    inspect: ({ prepared }) => {
      if (prepared.text.includes(TRIGGER)) throw new Error("a detector that does not survive this text");
      return { outcome: "completed", detections: [] };
    },
  }),
};

const TEXTS = {
  throws: `Words with ${TRIGGER} in them.`,
  unscannable: `Words with ${encoded("an ordinary sentence inside", 7)} in them.`,
};
const POLICY = { throws: "builtin.inspection-failed", unscannable: "builtin.unscannable-text" };
const OUTCOME = { throws: "failed", unscannable: "unscannable" };
const MODES = [
  { id: "enforce-closed", mode: "enforce", on_failure: "closed", stops: true, verdict: "block" },
  { id: "enforce-default", mode: "enforce", on_failure: undefined, stops: true, verdict: "block" },
  { id: "enforce-open", mode: "enforce", on_failure: "open", stops: false, verdict: "allow" },
  { id: "observe-default", mode: "observe", on_failure: undefined, stops: false, verdict: "allow" },
  { id: "observe-closed", mode: "observe", on_failure: "closed", stops: false, verdict: "observe" },
] as const;
const PLACES = ["request", "answer", "stream"] as const;

const records: SpoolRecord[] = [];
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let gateway: Gateway;
let server: Server;
let base: string;

beforeAll(async () => {
  upstream = await startReplayUpstream();
  const routes = MODES.map(({ id, mode, on_failure }) =>
    RouteConfiguration.parse({
      id,
      path: `/${id}`,
      protocol: "openai",
      upstream: upstream.url,
      mode,
      ...(on_failure !== undefined && { on_failure }),
    }),
  );
  const key = Buffer.alloc(32, 3);
  const loaded = loadPolicies([]);
  if (!loaded.ok) throw new Error("no policies is a valid set");
  const inspection = {
    inspector: createInspector([...DETECTORS, failing]),
    memory: createInspectionMemory(1024 * 1024),
    hash: createContentHash(key),
  };
  gateway = createGateway({
    table: createRouteTable(routes, { mode: ({ mode }) => mode, credential: () => undefined }),
    road: {
      inspection: () => inspection,
      policies: () => loaded.set,
      recorder: {
        record: (record) => {
          records.push(record);
          return Promise.resolve();
        },
        note: (record) => void records.push(record),
      },
      sessions: createSessionRisk(),
      masks: createMaskVault(Buffer.alloc(32, 3), systemClock),
      clock: systemClock,
    },
    keyring: () => createKeyring([], key),
    limits: createRateLimits(openMemorySharedState()),
    kept: createKeptObjects(openMemorySharedState()),
    bounds: Limits.parse({}),
    metrics: {
      exchange: () => undefined,
      masking: () => undefined,
      refusal: () => undefined,
      toolCall: () => undefined,
      fault: () => undefined,
    },
    logger: silentLogger,
    pool: createExaminationPool({ settings: {}, contentKey: key }, silentLogger),
    node: "test",
    boot: "test",
    canaryKey: key,
    registeredSecrets: () => [],
  });
  server = createServer((request, response) => void gateway.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await gateway.close();
  await upstream.close();
});

const closedOf = (id: unknown): Promise<ClosedRecord> =>
  eventually(() =>
    Promise.resolve(
      records.find((record): record is ClosedRecord => record.kind === "closed" && record.origin.exchange === id),
    ),
  );
const lettersOf = (id: unknown): string =>
  records
    .flatMap((record) =>
      isExchangeRecord(record) && record.origin.exchange === id
        ? record.receipt.segments.map(([, letters]) => letters)
        : [],
    )
    .join("");

describe.each(["throws", "unscannable"] as const)("a detector that %s", (failure) => {
  describe.each(PLACES)("at the %s", (place) => {
    test.each(MODES)("on a route in mode $id", async ({ id, stops, verdict }) => {
      const text = TEXTS[failure];
      upstream.received.length = 0;
      upstream.answer((_request, response) => {
        if (place === "stream") return sendStream(response, textChunks(text, 5));
        sendJson(response, 200, completion(place === "answer" ? text : "Fine."));
        return undefined;
      });
      const answer = await chat(`${base}/${id}`, place === "request" ? text : "Hello", { stream: place === "stream" });
      const closed = await closedOf(answer.headers["x-parapet-exchange"]);

      expect(closed.state).toBe(stops ? "blocked" : "completed");
      expect(closed.verdict.action).toBe(verdict);
      expect(upstream.received).toHaveLength(stops && place === "request" ? 0 : 1);
      if (place === "stream") expect(streamedText(answer.text) === text).toBe(!stops);
      else expect(answer.status).toBe(stops ? 400 : 200);
      if (place === "answer") expect(answer.text.includes(JSON.stringify(text).slice(1, -1))).toBe(!stops);
      if (stops) expect(closed.verdict.policy).toBe(POLICY[failure]);

      if (stops) expect(closed.bypassed).toBe(0);
      else expect(closed.bypassed).toBeGreaterThan(0);
      expect(lettersOf(answer.headers["x-parapet-exchange"])).toContain(OUTCOME[failure].charAt(0));
    });
  });

  test.each(MODES)(
    "the same text again gets the same answer on $id: a failure is never remembered as clean",
    async ({ id, stops }) => {
      upstream.answer((_request, response) => sendJson(response, 200, completion("Fine.")));
      for (let turn = 0; turn < 2; turn++)
        expect((await chat(`${base}/${id}`, TEXTS[failure])).status).toBe(stops ? 400 : 200);
    },
  );
});

describe("a text with more secrets than a detector reports", () => {
  const crowd = Array.from({ length: 501 }, (_, row) => `ghp_R8kTq2LmVx7NcB5yJdZ4FgWp3sAe6Uh${1_000 + row}Q`).join(
    "\n",
  );

  describe.each(["request", "answer"] as const)("at the %s", (place) => {
    test.each(MODES)("on a route in mode $id", async ({ id, stops, verdict }) => {
      upstream.answer((_request, response) =>
        sendJson(response, 200, completion(place === "answer" ? crowd : "Fine.")),
      );
      const answer = await chat(`${base}/${id}`, place === "request" ? crowd : "Hello");
      const closed = await closedOf(answer.headers["x-parapet-exchange"]);
      expect([closed.state, closed.verdict.action]).toEqual([stops ? "blocked" : "completed", verdict]);
      expect(closed.matches).toHaveLength(500);
      expect(closed.bypassed).toBe(stops ? 0 : 1);
      if (stops) expect(closed.verdict.policy).toBe("builtin.unscannable-text");
      const receipts = records.flatMap((record) =>
        isExchangeRecord(record) && record.origin.exchange === closed.origin.exchange ? record.receipt.reasons : [],
      );
      expect(receipts.map(([, , reason]) => reason)).toContain("more than 500 secrets in one text");
    });
  });
});
