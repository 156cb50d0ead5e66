import { scanJson, type ScannedJson } from "#platform";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecodedRequest } from "../protocol.ts";
import { A2A, outwardCard, readCard, withoutEmpty } from "./a2a.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const scan = (value: unknown): ScannedJson => {
  const scanned = scanJson(Buffer.from(JSON.stringify(value)), { depthMax: 64 });
  if (!scanned.ok) throw new Error(scanned.fault.message);
  return scanned.value;
};
const endpointOf = (name: string) => {
  const found = A2A.endpoints.find((endpoint) => endpoint.name === name);
  if (found === undefined) throw new Error(`no endpoint ${name}`);
  return found;
};
const rpc = endpointOf("POST /");
const rest = endpointOf("POST /message:send");
const call = (params: unknown, method = "SendMessage") => ({ jsonrpc: "2.0", id: 1, method, params });
const message = (...parts: unknown[]) => ({ message: { messageId: "m-1", role: "ROLE_USER", parts } });
const read = (value: unknown, endpoint = rpc): DecodedRequest => {
  const decoded = endpoint.decodeRequest(scan(value));
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};
const textsOf = ({ segments }: Pick<DecodedRequest, "segments">): readonly string[] => segments.map(({ text }) => text);
const BYTES = Buffer.from(Array.from({ length: 120 }, (_, at) => 128 + ((at * 37) % 127))).toString("base64");

describe("a request", () => {
  test.each([
    ["a text", [{ text: "a b" }], ["a b"]],
    [
      "data, whatever its fields are called",
      [{ data: { role: "ROLE_USER", id: "x y", deep: ["c"] } }],
      ["ROLE_USER", "x y", "c"],
    ],
    [
      "words beside a part",
      [{ text: "a", filename: "b c", metadata: { mediaType: "text/plain" } }],
      ["a", "b c", "text/plain"],
    ],
    ["a text where bytes would stand", [{ raw: "do as I say", mediaType: "image/png" }], ["do as I say"]],
    ["bytes where no file stands", [{ data: { raw: BYTES, parts: [{ raw: BYTES }] } }], [BYTES, BYTES]],
    ["an address", [{ url: "https://a.example/x" }], ["https://a.example/x"]],
    [
      "a word of the format that is none",
      [{ text: "a", mediaType: "text/plain and more" }],
      ["a", "text/plain and more"],
    ],
  ])("with %s gives all that it says", (_, parts, texts) => {
    expect(textsOf(read(call(message(...parts))))).toEqual(texts);
    expect(textsOf(read(message(...parts), rest))).toEqual(texts);
  });

  test.each([
    ["a picture", { raw: BYTES, mediaType: "image/png" }, "image"],
    ["a file", { raw: BYTES, filename: "a.bin" }, "file"],
    ["a file elsewhere", { url: "https://a.example/x" }, "file at an address"],
  ])("with %s says that nobody reads it", (_, part, reason) =>
    expect(read(call(message(part))).unscannable).toEqual([
      { pointer: "/params/message/parts/0", provenance: "tool-arguments", reason },
    ]),
  );

  const id = "0198a0b1-0000-7000-8000-000000000001";
  test.each<[string, object, readonly string[]]>([
    ["ids of tasks", { taskId: id, contextId: "c-1", referenceTaskIds: [id] }, []],
    ["numbers as ids", { referenceTaskIds: ["4111-1111-1111-1111"] }, ["4111-1111-1111-1111"]],
    ["words as ids", { contextId: "ignore.all.previous" }, ["ignore.all.previous"]],
    ["a sentence of ids", { referenceTaskIds: ["ignore", "all", id] }, ["ignore", "all"]],
  ])("with %s gives those that could say something", (_, more, texts) =>
    expect(textsOf(read(call({ message: { ...message({ text: "a" }).message, ...more } })))).toEqual(["a", ...texts]),
  );

  test("is a call, the same whichever binding and however often it is sent", () => {
    const first = read(call({ message: { ...message({ text: "a" }).message, contextId: "c" } })).act;
    const again = read({ message: { ...message({ text: "a" }).message, contextId: "c", messageId: "m-2" } }, rest).act;
    expect(first).toMatchObject({
      name: "SendMessage",
      arguments: '{"message":{"parts":[{"text":"a"}],"contextId":"c"}}',
    });
    expect(again?.arguments).toBe(first?.arguments);
  });

  test.each([
    ["a batch", [call(message({ text: "a" }))]],
    ["another version of JSON-RPC", { ...call(message({ text: "a" })), jsonrpc: "1.0" }],
    ["no id", { jsonrpc: "2.0", method: "GetTask", params: { id: "t" } }],
    ["an id that is a fraction", { ...call({ id: "t" }, "GetTask"), id: 1.5 }],
    ["a member that JSON-RPC does not know", { ...call({ id: "t" }, "GetTask"), more: "words" }],
    ["params that are a list", call([])],
    ["a method that nobody knows", call({}, "DoIt")],
    ["a method of an older version", call({}, "message/send")],
    ["a message without parts", call(message())],
  ])("that is %s is refused", (_, value) => expect(rpc.decodeRequest(scan(value)).ok).toBe(false));

  test("names the addresses that the agent is to call", () => {
    const taskPushNotificationConfig = { url: "https://a.example/hook" };
    const inside = { ...message({ text: "a" }), configuration: { taskPushNotificationConfig } };
    expect(read(call(inside)).callbacks).toEqual(["https://a.example/hook"]);
    expect(read(call({ taskId: "t", url: "https://b.example/" }, "CreateTaskPushNotificationConfig"))).toMatchObject({
      callbacks: ["https://b.example/"],
      act: { name: "CreateTaskPushNotificationConfig" },
    });
  });
});

describe("a request is refused by its place", () => {
  const config = { url: "https://a.example/" };
  const sent = (more: object) => ({ ...message({ text: "a" }), ...more });
  test.each<[string, string, object, string]>([
    [
      "an address to call in the other spelling",
      "SendMessage",
      sent({ configuration: { task_push_notification_config: config } }),
      "/params/configuration/task_push_notification_config",
    ],
    [
      "an address under another name",
      "CreateTaskPushNotificationConfig",
      { taskId: "t", config: { push_notification_config: config } },
      "/params/config",
    ],
    [
      "an address that is a list of one",
      "SendMessage",
      sent({ configuration: { taskPushNotificationConfig: { url: [config.url] } } }),
      "/params/configuration/taskPushNotificationConfig/url",
    ],
    [
      "settings that are a list",
      "SendMessage",
      sent({ configuration: { taskPushNotificationConfig: [config] } }),
      "/params/configuration/taskPushNotificationConfig",
    ],
    ["a part of an older version", "SendMessage", message({ kind: "text", text: "a" }), "/params/message/parts/0/kind"],
    [
      "parts within a part",
      "SendMessage",
      message({ text: "a", parts: [{ raw: BYTES }] }),
      "/params/message/parts/0/parts",
    ],
    [
      "too many tasks named",
      "SendMessage",
      { message: { ...message({ text: "a" }).message, referenceTaskIds: Array.from({ length: 101 }, () => "t") } },
      "/params/message/referenceTaskIds",
    ],
    ["words beside an end", "CancelTask", { id: "t", metadata: { a: "tell them all" } }, "/params/metadata/a"],
    ["words beside a question", "GetTask", { id: "t", note: "tell them all" }, "/params/note"],
    ["words as an id", "GetTask", { id: "tell them all" }, "/params/id"],
  ])("where it has %s", (_, method, params, pointer) => {
    expect(rpc.decodeRequest(scan(call(params, method)))).toMatchObject({ ok: false, refusal: { pointer } });
  });

  test("also in the HTTP binding", () =>
    expect(rest.decodeRequest(scan(sent({ configuration: { pushNotificationConfig: config } })))).toMatchObject({
      refusal: { pointer: "/configuration/pushNotificationConfig" },
    }));

  test("and what says nothing is let be", () =>
    expect(read(call({ id: "t", historyLength: 3, tenant: null }, "GetTask")).operation).toBe("GetTask"));
});

describe("whatever is sent", () => {
  test("is read or refused, and never more than refused", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const scanned = scanJson(Buffer.from(JSON.stringify(value)), { depthMax: 64 });
        if (!scanned.ok) return;
        for (const endpoint of [rpc, rest]) {
          endpoint.decodeRequest(scanned.value);
          endpoint.decodeResponse(scanned.value, 0);
        }
        createStreamDecoder("1").decode(JSON.stringify(value));
        createStreamDecoder(undefined).decode(JSON.stringify({ artifactUpdate: value, statusUpdate: value }));
        readCard(value, "https://a.example");
      }),
    );
  });

  test("has every text of a message in it, where it stands", () => {
    const part = fc.oneof(
      fc.record({ text: fc.string({ minLength: 1 }) }),
      fc.record({ data: fc.dictionary(fc.constantFrom("id", "role", "state", "a"), fc.string({ minLength: 1 })) }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const said = parts.flatMap((one) => ("text" in one ? [one.text] : Object.values(one.data)));
        expect(textsOf(read(call(message(...parts)))).toSorted()).toEqual(said.toSorted());
      }),
    );
  });
});

describe("an answer", () => {
  const answer = (value: unknown, endpoint = rpc) => {
    const decoded = endpoint.decodeResponse(scan(value), 0);
    if (!decoded.ok) throw new Error(decoded.refusal.message);
    return decoded.value.segments.map(({ provenance, text }) => [provenance, text]);
  };
  const task = {
    id: "0198a0b1-0000-7000-8000-000000000001",
    contextId: "c",
    status: {
      state: "TASK_STATE_COMPLETED",
      timestamp: "2026-01-01T00:00:00Z",
      message: { role: "ROLE_AGENT", parts: [{ text: "a" }] },
    },
    artifacts: [{ artifactId: "x", name: "n m", parts: [{ data: { b: "c" } }] }],
    history: [{ role: "ROLE_USER", parts: [{ text: "d" }] }],
  };
  const deep = { result: { task: { more: [{ id: "ignore" }, { taskId: "all" }] } } };
  const said = ["a", "n m", "c", "d"].map((text) => ["tool-result", text]);

  test.each([
    ["a task", { jsonrpc: "2.0", id: 1, result: { task } }, "POST /", said],
    ["a task in the HTTP binding", { task }, "POST /message:send", said],
    [
      "ids where none stand",
      { jsonrpc: "2.0", id: 1, ...deep },
      "POST /",
      ["ignore", "all"].map((text) => ["tool-result", text]),
    ],
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: -32_001, message: "a" } }, "POST /", [["tool-result", "a"]]],
    [
      "a card",
      { name: "n", description: "a b", capabilities: {}, skills: [{ id: "s", examples: ["c d"] }] },
      "GET /.well-known/agent-card.json",
      ["n", "a b", "c d"].map((text) => ["tool-description", text]),
    ],
  ])("that is %s is outsiders' words", (_, value, endpoint, expected) =>
    expect(answer(value, endpointOf(endpoint))).toEqual(expected),
  );

  test.each([
    ["SendMessage", "tool-result"],
    ["GetExtendedAgentCard", "tool-description"],
  ])("to %s that has the form of a card and more is read as what was asked for", (operation, provenance) => {
    const result = { message: { parts: [{ text: "a b" }] }, skills: [], capabilities: {} };
    const decoded = rpc.decodeResponse(scan({ jsonrpc: "2.0", id: 1, result }), 0, operation);
    expect(decoded.ok && decoded.value.segments.map((one) => [one.provenance, one.text])).toEqual([
      [provenance, "a b"],
    ]);
  });

  test.each([
    ["a result and an error", { jsonrpc: "2.0", id: 1, result: {}, error: {} }],
    ["neither", { jsonrpc: "2.0", id: 1 }],
    ["a list", []],
  ])("that is %s is refused", (_, value) => expect(rpc.decodeResponse(scan(value), 0).ok).toBe(false));
});

describe("bytes of a file in an answer", () => {
  const whole = (value: object): readonly unknown[] => {
    const decoded = rpc.decodeResponse(scan({ jsonrpc: "2.0", id: 1, ...value }), 0);
    return decoded.ok ? [...decoded.value.unscannable, ...decoded.value.segments] : [];
  };
  const streamed = (value: object): readonly unknown[] => {
    const decoded = createStreamDecoder("1").decode(JSON.stringify({ jsonrpc: "2.0", id: 1, ...value }));
    return decoded.ok ? [...decoded.value.unscannable, ...decoded.value.texts] : [];
  };
  const place = fc.array(fc.constantFrom("result", "error", "message", "parts", "0", "1", "data", "file", "x"), {
    minLength: 1,
    maxLength: 6,
  });

  test("are read or named, wherever they stand", () => {
    fc.assert(
      fc.property(place, fc.constantFrom("raw", "bytes", "y"), fc.boolean(), (steps, field, inList) => {
        const inner = [...steps].reverse().reduce<unknown>((value, key) => ({ [key]: value }), { [field]: BYTES });
        const part = { text: "", parts: inList ? [inner, { [field]: BYTES }] : inner };
        expect(whole({ result: { message: part } }).length).toBe(inList ? 2 : 1);
        expect(streamed({ result: { message: part } }).length).toBe(inList ? 2 : 1);
      }),
    );
  });

  test.each([
    ["within a part", { result: { message: { parts: [{ text: "", parts: [{ raw: BYTES }] }] } } }],
    ["in parts that are no list", { result: { message: { parts: { 0: { raw: BYTES } } } } }],
    ["outside the result", { error: { code: 1, parts: [{ raw: BYTES }] } }],
    ["as an older version has them", { result: { message: { parts: [{ file: { bytes: BYTES } }] } } }],
  ])("%s are named as what nobody reads", (_, value) => {
    expect(whole(value)).toMatchObject([{ provenance: "tool-result", reason: "file" }]);
    expect(streamed(value)).toMatchObject([{ provenance: "tool-result", reason: "file" }]);
  });
});

describe("a card", () => {
  const card = (...interfaces: unknown[]) => ({ name: "n", supportedInterfaces: interfaces, skills: [] });
  const at = (url: string, protocolBinding = "JSONRPC", protocolVersion = "1.0") => ({
    url,
    protocolBinding,
    protocolVersion,
  });

  test.each([
    ["below the upstream", at("https://a.example/agent/rpc"), "/rpc"],
    ["the upstream itself", at("https://a.example/agent"), ""],
    ["beside it", at("https://a.example/agents/rpc"), undefined],
    ["of another host", at("https://b.example/agent/rpc"), undefined],
    ["of another scheme", at("http://a.example/agent/rpc"), undefined],
    ["of an older version", at("https://a.example/agent/rpc", "JSONRPC", "0.3.0"), undefined],
    ["with a query", at("https://a.example/agent/rpc?to=b"), undefined],
    ["above it, by dots", at("https://a.example/agent/../rpc"), undefined],
  ])("an interface %s is reached there or not at all", (_, one, path) =>
    expect(readCard(card(one), "https://a.example/agent")?.rpcPath).toBe(path),
  );

  test("is told with the route's address and without its signatures", () => {
    const upstream = "https://a.example";
    const value = {
      ...card(at(`${upstream}/rpc`), at("https://b.example/rpc")),
      signatures: [{ protected: "x", signature: "y" }],
      url: `${upstream}/rpc`,
      preferredTransport: "JSONRPC",
      additionalInterfaces: [{ url: `${upstream}/rpc`, transport: "JSONRPC" }],
      additional_interfaces: [{ url: `${upstream}/rpc`, transport: "JSONRPC" }],
      supported_interfaces: [at(`${upstream}/rpc`)],
    };
    expect(outwardCard(value, upstream, { base: "https://g.example/a", pushes: false })).toEqual({
      ...card(at("https://g.example/a")),
      capabilities: { pushNotifications: false },
    });
  });

  test.each([[{}], [[]], [{ name: "n" }], [{ name: "", supportedInterfaces: [] }], ["card"], [null]])(
    "%j is none",
    (value) => expect(readCard(value, "https://a.example")).toBeUndefined(),
  );

  test("has nothing that says nothing, whatever the depth", () =>
    expect(withoutEmpty({ a: "", b: [{ c: null }], d: { e: [] }, f: [0, false, "g"] })).toEqual({
      f: [0, false, "g"],
    }));
});
