import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  DEFAULT_TENANT,
  ExchangeId,
  RouteConfiguration,
  type Action,
  type Segment,
  type Verdict,
} from "@parapet/model";
import { KeyCreate } from "@parapet/model/api";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createKey } from "#access";
import { createInspector } from "#detectors";
import { createContentHash, createInspectionMemory } from "#pipeline";
import { Fault, FAULTS, isFaultCode, scanJson } from "#platform";
import { PROTOCOLS, type LocatedSegment } from "#protocols";
import { noticeOf, sendFault, statusOf, verdictHeaders } from "./answer.ts";
import { createByteBudget } from "./byte-budget.ts";
import { createBodyQueue } from "./body-queue.ts";
import { createDeparture } from "./departure.ts";
import { editBody } from "./edit-body.ts";
import { INLINE_BYTES_MAX } from "./examination-pool.ts";
import { createExtractor } from "#documents";
import { examineRequest } from "./examination.ts";
import { contextOf, plantCanary } from "./exchange-context.ts";
import { forwardHeaders, mediaType, notFixed, returnHeaders } from "./headers.ts";
import { identify, principalName } from "./identify.ts";
import { checkBodyHeaders, readBody } from "./read-body.ts";
import { acceptsQuery, createRouteTable, endpointOf, modelInPath } from "./route-table.ts";
import { createStreamSender } from "./stream-sender.ts";
import { stateOf } from "./terminal-state.ts";

const route = (change: object = {}) =>
  RouteConfiguration.parse({
    id: "assistant",
    path: "/v1",
    protocol: "openai",
    upstream: "http://127.0.0.1:1/base",
    ...change,
  });
const [openai] = PROTOCOLS;
if (openai === undefined) throw new Error("no protocol");

const share = () => createByteBudget(1_000).open();

describe("a large body", () => {
  test.each([true, false])(
    "has digests of its whole texts, also where they are cut for keeping (inspect: %s)",
    async (inspect) => {
      const long = `${"so many words ".repeat(30_000)}and an end`;
      const [endpoint] = openai.endpoints;
      if (endpoint === undefined) throw new Error("no endpoint");
      const hash = createContentHash(Buffer.alloc(32));
      const frame = {
        tenant: DEFAULT_TENANT,
        exchange: ExchangeId.parse("01a1fe08-509c-739b-845c-ca97a1b97890"),
        depthMax: 64,
        route: route({ inspect }),
        registeredSecrets: [],
      };
      const body = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: long }] }));
      const tools = { inspector: createInspector([]), memory: createInspectionMemory(0), hash };
      const extractor = createExtractor();
      const examined = await examineRequest(body, endpoint, frame, tools, { type: "application/json" }, extractor);
      if (!examined.ok) throw new Error(examined.message);
      const { decoded, inspected } = examined.value;
      expect(decoded.segments[0]?.text.length).toBeLessThan(long.length);
      expect(inspected?.digests).toEqual([hash(long)]);
    },
  );
});

test("a caller that takes nothing of its stream counts as gone, and the sender waits no longer", async () => {
  const caller = createDeparture();
  const sent = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    const sender = createStreamSender(response, () => ({}), caller, 150);
    const send = async (): Promise<void> => {
      while (!caller.isGone()) await sender.send([{ kind: "raw", raw: Buffer.alloc(1024 * 1024, "x") }]);
    };
    send().then(sent.resolve, sent.reject);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const request = httpRequest({ port, host: "127.0.0.1", path: "/" }, (response) => response.pause());
  request.on("error", () => undefined);
  request.end();
  await sent.promise;
  expect(caller.why()).toBe("the caller took nothing for 150 ms");
  request.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

describe("headers", () => {
  test("reach the upstream only from a list, never the caller's credentials, cookies or addresses", () => {
    const incoming = {
      authorization: "Bearer k",
      cookie: "a=b",
      "x-parapet-key": "k",
      "x-forwarded-for": "1.2.3.4",
      "x-api-key": "k",
      host: "h",
      connection: "close",
      "transfer-encoding": "chunked",
      "content-length": "3",
      "content-encoding": "gzip",
      accept: "*/*",
      traceparent: "00-x",
      "x-anything": "y",
    };
    expect(forwardHeaders(incoming, Buffer.from("{}"), [])).toEqual({
      "accept-encoding": "identity",
      "user-agent": "parapet",
      accept: "*/*",
      traceparent: "00-x",
      "content-type": "application/json",
    });
    expect(forwardHeaders({}, undefined, [])).not.toHaveProperty("content-type");
  });

  test("reach the caller only from a list, never a cookie or a policy of the upstream's own", () => {
    const upstream = {
      "set-cookie": ["a=b"],
      "content-security-policy": "default-src *",
      "content-type": "text/html",
      location: "https://evil.example",
      "access-control-allow-origin": "*",
      "x-parapet-verdict": "allow",
      "x-request-id": "r-1",
      "retry-after": "3",
    };
    expect(returnHeaders(upstream, [])).toEqual({ "x-request-id": "r-1", "retry-after": "3" });
  });

  test.each([
    ["application/json; charset=utf-8", "application/json"],
    [" Text/Event-Stream ", "text/event-stream"],
    [undefined, ""],
    [["a/b", "c/d"], "a/b"],
    ["", ""],
  ])("%j is the media type %j", (header, type) => {
    expect(mediaType(header)).toBe(type);
  });
});

test.each(["a sentence for the model", "naïve", "x".repeat(300), 'a"b'])(
  "a header that could hold text is not passed on, either way: %s",
  (value) => {
    expect(forwardHeaders({ "idempotency-key": value }, undefined, [])).not.toHaveProperty("idempotency-key");
    expect(returnHeaders({ "x-request-id": value }, [])).toEqual({});
  },
);

test("headers of the shapes that clients and providers send are passed on", () => {
  const accept = "application/json, text/event-stream;q=0.9, */*";
  expect(forwardHeaders({ accept }, undefined, [])).toMatchObject({ accept });
  const returned = { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "x-ratelimit-reset-requests": "1m0.5s" };
  expect(returnHeaders(returned, ["x-ratelimit-reset-requests"])).toEqual(returned);
});

describe("who acts", () => {
  const key = (change: Partial<KeyCreate> = {}) =>
    createKey(KeyCreate.parse({ name: "app", ...change }), Buffer.alloc(32), 0).stored;
  const claims = { "x-parapet-user": "ada", "x-parapet-agent": "bot" };
  const body = { session: "", user: "body-user", fingerprint: ["hi"] };
  const nobody = { session: "", user: "", fingerprint: [] };

  test.each([
    ["nobody says anything", {}, nobody, undefined, false, "anonymous", undefined],
    ["claims of a stranger", claims, body, undefined, false, "anonymous", undefined],
    ["claims on a route that trusts", claims, body, undefined, true, "user:ada", "bot"],
    ["the body's user on a route that trusts", {}, body, undefined, true, "user:body-user", undefined],
    [
      "claims with a key that does not say so, though the route trusts",
      claims,
      body,
      key(),
      true,
      "key:app",
      undefined,
    ],
    ["claims with a key that says so", claims, body, key({ trustIdentityHeaders: true }), false, "user:ada", "bot"],
    ["an agent's key", {}, nobody, key({ agent: "crawler" }), false, "agent:crawler", "crawler"],
    [
      "an agent's key against a claim",
      { "x-parapet-agent": "other" },
      nobody,
      key({ agent: "crawler", trustIdentityHeaders: true }),
      false,
      "agent:crawler",
      "crawler",
    ],
    [
      "a name with control characters",
      { "x-parapet-user": "a\u0007b" },
      nobody,
      undefined,
      true,
      "anonymous",
      undefined,
    ],
    ["a name without end", { "x-parapet-user": "a".repeat(201) }, nobody, undefined, true, "anonymous", undefined],
  ] as const)("%s", (_, headers, decoded, withKey, trusts, principal, agent) => {
    const identity = identify(headers, decoded, withKey, route({ trust_identity_headers: trusts }));
    expect([principalName(identity.principal), identity.agent]).toEqual([principal, agent]);
  });

  test.each([
    ["those who handed it on, in order", "planner, desk-7", true, ["planner", "desk-7"]],
    ["nobody from a stranger", "planner", false, undefined],
    ["no name that is none", "planner,,desk-7", true, undefined],
    ["no chain without end", Array.from({ length: 9 }, () => "a").join(","), true, undefined],
  ])("on behalf of: %s", (_, chain, trusts, expected) => {
    const headers = { "x-parapet-on-behalf-of": chain, "x-parapet-user": "ada" };
    expect(identify(headers, nobody, undefined, route({ trust_identity_headers: trusts })).onBehalfOf).toEqual(
      expected,
    );
  });

  test.each([
    ["who is trusted", "Book a room.", true, "Book a room."],
    ["who is trusted, in any script", "=?base64?5LyaIQ==?=", true, "会!"],
    ["nobody whose encoding is broken", "=?base64?%?=", true, undefined],
    ["nobody who says nothing", " ", true, undefined],
    ["no stranger", "Book a room.", false, undefined],
  ])("the user's request is believed of %s", (_, text, trusts, expected) => {
    const headers = { "x-parapet-request": text };
    expect(identify(headers, nobody, undefined, route({ trust_identity_headers: trusts })).said).toBe(expected);
  });

  test.each([
    ["its header", { "x-parapet-session": "s-1" }, { ...body, session: "p-1" }, "s-1", "header"],
    ["the protocol's own name", {}, { ...body, session: "p-1" }, "p-1", "protocol"],
    ["the growing conversation", {}, body, expect.stringMatching(/^fp-[0-9a-f]{20}$/), "fingerprint"],
    ["nothing", {}, nobody, "", "none"],
  ])("a session is named by %s", (_, headers, decoded, session, sessionSource) => {
    expect(identify(headers, decoded, undefined, route())).toMatchObject({ session, sessionSource });
  });

  test("two keys that say the same have sessions of their own", () => {
    const of = (one: ReturnType<typeof key>) => identify({}, body, one, route()).session;
    const first = key();
    expect(of(first)).toBe(of(first));
    expect(of(first)).not.toBe(of(key()));
  });

  test("the trace id is taken from a well-formed traceparent only", () => {
    const trace = (traceparent: string) => identify({ traceparent }, nobody, undefined, route()).trace;
    expect(trace(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`)).toBe("a".repeat(32));
    expect(trace("00-xyz-1")).toBeUndefined();
  });
});

/** One real request against a handler; answers what the handler answered. */
const withRequest = async <T>(
  handler: (request: IncomingMessage) => Promise<T> | T,
  send: { headers?: Record<string, string>; body?: string; breakOff?: boolean },
): Promise<T> => {
  let settle: (value: Promise<T>) => void = () => undefined;
  const result = new Promise<T>((resolve) => {
    settle = resolve;
  });
  const server = createServer((request, response) => {
    const done = (async () => handler(request))();
    done.catch(() => undefined).finally(() => response.end());
    settle(done);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const outgoing = httpRequest({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    method: "POST",
    headers: send.headers ?? {},
  });
  outgoing.on("error", () => undefined);
  if (send.breakOff === true) outgoing.write(send.body ?? "", () => setImmediate(() => outgoing.destroy()));
  else outgoing.end(send.body ?? "");
  try {
    return await result;
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "ok";
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
};

describe("a request's body", () => {
  test.each([
    ["application/json", {}, "ok"],
    ["application/json; charset=utf-8", {}, "ok"],
    ['application/json; charset="UTF-8"', {}, "ok"],
    ["application/json; charset=utf-16", {}, "unsupported_media_type"],
    ["text/plain", {}, "unsupported_media_type"],
    ["multipart/form-data; boundary=application/json", {}, "unsupported_media_type"],
    ["", {}, "unsupported_media_type"],
    ["application/json", { "content-encoding": "gzip" }, "unsupported_encoding"],
    ["application/json", { "content-encoding": "identity" }, "ok"],
    ["application/json", { "content-encoding": "identity, gzip" }, "unsupported_encoding"],
    ["application/json", { "content-length": "11" }, "body_too_large"],
    ["application/json", { "content-length": "10" }, "ok"],
  ])("of type %j with %j is %s by its headers alone", async (type, headers, expected) => {
    const length = Number((headers as Record<string, string>)["content-length"] ?? 2);
    const given = { "content-type": type, ...headers };
    expect(
      await codeOf(
        withRequest((request) => checkBodyHeaders(request, "json", 10, share()), {
          headers: given,
          body: "x".repeat(length),
        }),
      ),
    ).toBe(expected);
  });

  test.each([
    [0, "ok"],
    [10, "ok"],
    [11, "body_too_large"],
    [5_000_000, "body_too_large"],
  ])("of %i bytes against a bound of ten is %s", async (length, expected) => {
    const headers = { "transfer-encoding": "chunked" };
    expect(
      await codeOf(withRequest((request) => readBody(request, 10, share()), { headers, body: "x".repeat(length) })),
    ).toBe(expected);
  });

  test("comes whole in pieces of any size, announced or not, also where a worker is to read it", async () => {
    for (const length of [0, 1, INLINE_BYTES_MAX - 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 1_000_000]) {
      const sent = Buffer.alloc(length, "0123456789abcdefghijk");
      for (const isAnnounced of [true, false]) {
        const received = await withRequest((request) => readBody(request, 1_000_000, createByteBudget(1).open()), {
          headers: isAnnounced ? { "content-length": String(length) } : { "transfer-encoding": "chunked" },
          body: sent.toString(),
        });
        expect(received.equals(sent)).toBe(true);
        expect(received.buffer instanceof SharedArrayBuffer).toBe(length > INLINE_BYTES_MAX);
      }
    }
  });

  test("comes whole, or is refused when its sender leaves", async () => {
    expect((await withRequest((request) => readBody(request, 100, share()), { body: "h\u00e9llo" })).toString()).toBe(
      "h\u00e9llo",
    );
    expect(
      await codeOf(
        withRequest((request) => readBody(request, 100, share()), {
          headers: { "content-length": "50" },
          body: "half",
          breakOff: true,
        }),
      ),
    ).toBe("bad_request");
  });
});

describe("the body queue", () => {
  const sender = () => {
    const calls: string[] = [];
    return { calls, pause: () => calls.push("pause"), resume: () => calls.push("resume") };
  };

  test("hands on every byte in order, however it arrives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), fc.boolean(), async (pieces, late) => {
        const queue = createBodyQueue(sender());
        const push = () => {
          for (const piece of pieces) queue.push(Buffer.from(piece));
          queue.end();
        };
        if (late) setImmediate(push);
        else push();
        const read: Buffer[] = [];
        for await (const piece of queue.pieces()) read.push(piece);
        expect(Buffer.concat(read)).toEqual(Buffer.concat(pieces));
      }),
      { numRuns: 50 },
    );
  });

  test("pauses a sender that is faster than its reader, and lets it go on when the reader has caught up", async () => {
    const from = sender();
    const queue = createBodyQueue(from);
    for (let index = 0; index < 10; index += 1) queue.push(Buffer.alloc(64 * 1024));
    expect(from.calls).toEqual(["pause"]);
    const reader = queue.pieces()[Symbol.asyncIterator]();
    await reader.next();
    expect(from.calls).toEqual(["pause", "resume"]);
  });

  test("collects up to its bound", async () => {
    const collect = (bytes: number) => {
      const queue = createBodyQueue(sender());
      queue.push(Buffer.alloc(bytes));
      queue.end();
      return codeOf(queue.collect(10));
    };
    expect([await collect(10), await collect(11)]).toEqual(["ok", "upstream_too_large"]);
  });

  test("counts what it collects before it keeps it, and stops where there is no room", async () => {
    const queue = createBodyQueue(sender());
    const counted: number[] = [];
    queue.push(Buffer.alloc(4));
    queue.push(Buffer.alloc(5));
    queue.push(Buffer.alloc(6));
    const collecting = queue.collect(100, (bytes) => {
      counted.push(bytes);
      if (bytes === 5) throw new Fault("overloaded");
    });
    expect(await codeOf(collecting)).toBe("overloaded");
    expect(counted).toEqual([4, 5]);
  });

  test("passes a failure on after what came before it, and never as an end", async () => {
    const queue = createBodyQueue(sender());
    queue.push(Buffer.from("part"));
    queue.fail(new Fault("upstream_reset"));
    const read: string[] = [];
    const reading = (async () => {
      for await (const piece of queue.pieces()) read.push(piece.toString());
    })();
    expect(await codeOf(reading)).toBe("upstream_reset");
    expect(read).toEqual(["part"]);
    const whole = createBodyQueue(sender());
    whole.fail(new Fault("upstream_reset"));
    expect(await codeOf(whole.collect(10))).toBe("upstream_reset");
  });
});

const verdict = (action: Action): Verdict => ({
  action,
  would: action,
  policy: "p-1",
  policies: [{ id: "p-1", action, severity: "high", message: "Shown." }],
  policyVersion: "v",
});

describe("an answer", () => {
  test.each([
    ["block", "content_filter", 400],
    ["divert", "content_filter", 400],
    ["hold", "approval_required", 403],
    ["throttle", "rate_limit_exceeded", 429],
  ] as const)("to %s has code %s and status %i, which SDKs do not retry unless they should", (action, code, status) => {
    const notice = noticeOf(verdict(action), "e-1", "policy");
    expect([notice.code, statusOf(notice), notice.message, notice.policy]).toEqual([code, status, "Shown.", "p-1"]);
    expect([408, 409, 500, 502, 503]).not.toContain(status);
  });

  test("on a route that gives no detail names no policy", () => {
    const notice = noticeOf(verdict("block"), "e-1", "none");
    expect(notice).toEqual({ message: FAULTS.content_filter.message, code: "content_filter", exchange: "e-1" });
  });

  test("always carries exchange, verdict and headers under which a browser runs nothing", () => {
    expect(verdictHeaders("e-1", undefined)).toMatchObject({
      "x-parapet-exchange": "e-1",
      "x-parapet-verdict": "block",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
    });
    expect(verdictHeaders("e-1", undefined)).not.toHaveProperty("x-parapet-policy");
    expect(verdictHeaders("e-1", verdict("redact"), "none")).not.toHaveProperty("x-parapet-policy");
    expect(verdictHeaders("e-1", verdict("redact"))).toMatchObject({
      "x-parapet-verdict": "redact",
      "x-parapet-policy": "p-1",
    });
  });

  test.each(Object.keys(FAULTS).filter(isFaultCode))(
    "of the fault %s is JSON in the protocol's shape and says nothing of the inside",
    async (code) => {
      const server = createServer((_, response) =>
        sendFault(
          response,
          openai,
          new Fault(code, { detail: "inside", retryAfterSeconds: 7 }),
          verdictHeaders("e-1", undefined),
          { path: "/" },
        ),
      );
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      server.close();
      const text = await response.text();
      expect(response.status).toBe(FAULTS[code].status);
      expect(JSON.parse(text)).toMatchObject({ error: { message: FAULTS[code].message, code } });
      expect(text).not.toContain("inside");
      expect(response.headers.get("retry-after")).toBe("7");
      expect(response.headers.get("x-should-retry")).toBe(
        response.status < 500 && response.status !== 429 ? "false" : null,
      );
    },
  );
});

test("each fault of the upstream is a state of its own, and whatever else stops an exchange is a refusal", () => {
  const states = Object.keys(FAULTS)
    .filter(isFaultCode)
    .map((code) => [code, stateOf(new Fault(code))] as const)
    .filter(([, state]) => state !== "refused");
  expect(Object.fromEntries(states)).toEqual({
    upstream_unreachable: "upstream_refused",
    upstream_timeout: "upstream_timeout",
    upstream_reset: "upstream_reset",
    upstream_invalid: "upstream_error",
    upstream_too_large: "upstream_error",
  });
});

describe("routes", () => {
  const table = createRouteTable(
    [route(), route({ id: "deep", path: "/v1/deep" }), route({ id: "demo", path: "/demo", protocol: "demo" })],
    { mode: ({ mode }) => mode, credential: () => undefined },
  );

  test.each([
    ["/v1/chat/completions", "assistant", "/chat/completions", ""],
    ["/v1/chat/completions?api-version=1", "assistant", "/chat/completions", "?api-version=1"],
    ["/v1", "assistant", "/", ""],
    ["/v1/deep/models", "deep", "/models", ""],
    ["/v1/deeper/models", "assistant", "/deeper/models", ""],
    ["/demo/v1/models", "demo", "/v1/models", ""],
    ["/v1x/models", undefined, undefined, undefined],
    ["/V1/models", undefined, undefined, undefined],
    ["/api/v1/keys", undefined, undefined, undefined],
    ["/x?path=/v1/models", undefined, undefined, undefined],
  ])("%s belongs to %s", (url, id, rest, query) => {
    const match = table.match(url);
    expect([match?.route.configuration.id, match?.rest, match?.query]).toEqual([id, rest, query]);
  });

  test.each([
    ["POST", "/chat/completions", true],
    ["GET", "/models", true],
    ["GET", "/chat/completions", false],
    ["POST", "/chat/completions/", false],
    ["POST", "//chat/completions", false],
    ["POST", "/chat%2Fcompletions", false],
    ["POST", "/chat/../chat/completions", false],
    ["POST", "/responses", true],
    ["POST", "/realtime/sessions", false],
    ["POST", "/uploads", true],
    ["POST", "/uploads/upload_1/parts", true],
    ["POST", "/uploads/../parts", false],
    ["GET", "/uploads/upload_1", false],
    ["POST", "/files/x/content", false],
    ["GET", "/models/a%2Fb", false],
    ["GET", "/models/..", false],
    ["GET", "/models/.", false],
    ["GET", "/models/gpt-5.1", true],
    ["CONNECT", "/chat/completions", false],
  ])("%s %s is an endpoint: %s", (method, path, known) => {
    expect(endpointOf(openai, method, path) !== undefined).toBe(known);
  });
});

test.each([
  ["/v1/models/{model}:count", "/v1/models/gemini-9:count", "gemini-9"],
  ["/v1/models/{model}:count", "/v1/models/gemini-9", undefined],
  ["/v1/models/{model}:count", "/v1/models/gemini:other:count", undefined],
  ["/v1/models/{model}:count", "/v1/models/..:count", undefined],
  ["/v1/models/{model}:count", "/v1/models/:count", undefined],
  ["/v1/models/{model}:count", "/v1/models/a%2Fb:count", undefined],
  ["/model/{model%}/converse", "/model/a.b-v1%3A0/converse", "a.b-v1:0"],
  ["/model/{model%}/converse", "/model/arn%3Aaws%3Ax%2fy/converse", "arn:aws:x/y"],
  ["/model/{model%}/converse", "/model/a%2F..%2Fb/converse", undefined],
  ["/model/{model%}/converse", "/model/a%20b/converse", undefined],
])("the path %s reads %s as the model %s", (path, asked, model) => {
  const [endpoint] = openai.endpoints;
  if (endpoint === undefined) throw new Error("no endpoint");
  const found = endpointOf({ ...openai, endpoints: [{ ...endpoint, path }] }, "POST", asked);
  expect(found === undefined ? undefined : modelInPath(found, asked)).toBe(model);
});

test.each([
  ["/v1/message:send", false],
  ["/V1/tasks", false],
  ["/v0.3/message:send", false],
  ["/message:send", true],
  ["/acme/message:send", true],
  ["/v12/message:send", true],
])("A2A's %s is spoken, with a tenant or without: %s", (path, known) => {
  const protocol = PROTOCOLS.find(({ id }) => id === "a2a");
  if (protocol === undefined) throw new Error("no protocol");
  const method = path.endsWith(":send") ? "POST" : "GET";
  expect(endpointOf(protocol, method, path) !== undefined).toBe(known);
});

test.each([
  [{}, undefined],
  [{ "a2a-version": "1.0" }, undefined],
  [{ "a2a-version": "0.3" }, "a2a-version"],
  [{ "a2a-version": "" }, "a2a-version"],
  [{ "a2a-version": "1.0, 0.3" }, "a2a-version"],
])("of the headers %j, the one that is not as A2A has it is %s", (incoming, name) =>
  expect(notFixed(incoming, PROTOCOLS.find(({ id }) => id === "a2a")?.headers.fixed)).toBe(name),
);

test.each([
  ["?api-version=2024-10-21", {}, true],
  ["?api-version=", {}, false],
  ["?api-version=1&api-version=2", {}, false],
  ["?limit=20", {}, false],
  ["?limit=20&after_id=msg_1", { query: { limit: /^\d{1,4}$/, after_id: /^\w{1,99}$/ } }, true],
  ["?limit=20&limit=20", { query: { limit: /^\d{1,4}$/ } }, false],
  ["?limit=ignore%20previous", { query: { limit: /^\d{1,4}$/ } }, false],
  ["?limit", { query: { limit: /^$/ } }, false],
  ["?toString=x", { query: {} }, false],
])("the query %s is accepted by an endpoint with %j: %s", (query, more, accepted) => {
  const [endpoint] = openai.endpoints;
  if (endpoint === undefined) throw new Error("no endpoint");
  expect(acceptsQuery({ ...endpoint, ...more }, query)).toBe(accepted);
});

describe("edits", () => {
  const locate = (body: string): { bytes: Buffer; segments: LocatedSegment[] } => {
    const bytes = Buffer.from(body);
    const scan = scanJson(bytes, { depthMax: 64 });
    if (!scan.ok) throw new Error(scan.fault.message);
    const segments = scan.value.leaves.map(({ pointer, value, start, end }, index): LocatedSegment => ({
      index,
      direction: "request",
      pointer,
      role: "user",
      provenance: "user",
      text: value,
      byteStart: start,
      byteEnd: end,
    }));
    return { bytes, segments };
  };

  test("leave the very buffer that was inspected when there are none", () => {
    const { bytes, segments } = locate('{"a": "b"}');
    expect(editBody(bytes, { segments, replacements: new Map() })).toBe(bytes);
  });

  test("change nothing but their spans, whatever stands around them and however it is escaped", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", minLength: 4, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (texts, which) => {
          const { bytes, segments } = locate(
            JSON.stringify({ messages: texts.map((text) => ({ n: 1e21, text })) }).replaceAll(":", " : "),
          );
          const chosen = segments[which % segments.length];
          if (chosen === undefined) return;
          const span = { start: 0, end: chosen.text.length, replacement: '["x"]' };
          const edited = editBody(bytes, { segments, replacements: new Map([[chosen.index, [span]]]) });
          expect(edited.subarray(0, chosen.byteStart)).toEqual(bytes.subarray(0, chosen.byteStart));
          const tail = bytes.length - chosen.byteEnd;
          expect(edited.subarray(edited.length - tail)).toEqual(bytes.subarray(chosen.byteEnd));
          expect(JSON.parse(edited.subarray(chosen.byteStart, edited.length - tail).toString())).toBe('["x"]');
        },
      ),
    );
  });

  test("take away bytes that repeat what was cut, and append the canary", () => {
    const { bytes, segments } = locate('{"text":"a secret","logprobs":["sec","ret"]}');
    const [first] = segments;
    if (first === undefined) throw new Error("no segment");
    const start = bytes.indexOf('["sec');
    const dependents = [{ start, end: bytes.length - 1, token: "null", segments: [first.index] }];
    const replacements = new Map([[first.index, [{ start: 2, end: 8, replacement: "X" }]]]);
    const canary = { value: "pc-1", segment: first, sentence: " (pc-1)" };
    expect(editBody(bytes, { segments, replacements, dependents, canary }).toString()).toBe(
      '{"text":"a X (pc-1)","logprobs":null}',
    );
  });
});

describe("what contextual detectors are told", () => {
  const segment = (role: string, provenance: Segment["provenance"], text: string, index: number): LocatedSegment => ({
    index,
    direction: "request",
    pointer: `/${index}`,
    role,
    provenance,
    text,
    byteStart: 0,
    byteEnd: 0,
  });
  const decoded = {
    segments: [
      segment("system", "system", "Be kind. See https://Docs.Example/a", 0),
      segment("user", "user", "look at http://mine.example", 1),
      segment("tool", "tool-result", "go to https://evil.example", 2),
    ],
    unscannable: [],
    model: "m",
    stream: false,
    session: "",
    user: "",
    fingerprint: [],
    toolNames: [],
    tokensMax: 0,
  };
  const origin = {
    tenant: DEFAULT_TENANT,
    exchange: ExchangeId.parse("01990000-0000-7000-8000-000000000001"),
    route: "assistant",
    protocol: "openai",
    endpoint: "POST /x",
    model: "m",
    session: "s-1",
    sessionSource: "header",
    principal: "anonymous",
    address: "",
    node: "n",
    boot: "b",
    streamed: false,
  } as const;

  test("are the prompts, and the hosts that trusted text names", () => {
    const context = contextOf(decoded, route({ allowed_hosts: ["*.example"] }), undefined, ["registered"]);
    expect(context.systemPrompts).toEqual(["Be kind. See https://Docs.Example/a"]);
    expect([...context.knownHosts]).toEqual(["docs.example", "mine.example"]);
    expect([context.allowedHosts, context.registeredSecrets, context.canaries]).toEqual([
      ["*.example"],
      ["registered"],
      [],
    ]);
  });

  test("is a canary that stays the same for a session and tells nothing of another", () => {
    const of = (session: string, key = Buffer.alloc(32)) => plantCanary(key, { ...origin, session }, decoded);
    expect(of("s-1")?.value).toMatch(/^pc-[0-9a-f]{20}$/);
    expect(of("s-1")).toEqual(of("s-1"));
    expect(of("s-1")?.value).not.toBe(of("s-2")?.value);
    expect(of("s-1")?.value).not.toBe(of("s-1", Buffer.alloc(32, 1))?.value);
    expect(of("s-1")?.sentence).toContain(of("s-1")?.value);
    expect(plantCanary(Buffer.alloc(32), origin, { ...decoded, segments: decoded.segments.slice(1) })).toBeUndefined();
  });
});

test("a departure is told once, also to who asks late, and not to who stopped asking", () => {
  const departure = createDeparture();
  const told: string[] = [];
  departure.onGone(() => told.push("early"));
  departure.onGone(() => told.push("never"))();
  departure.go();
  departure.go();
  departure.onGone(() => told.push("late"));
  expect([departure.isGone(), told]).toEqual([true, ["early", "late"]]);
});
