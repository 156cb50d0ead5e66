import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as mcp from "./mcp.ts";

const read = (message: unknown) =>
  mcp.readMessage(Buffer.from(typeof message === "string" ? message : JSON.stringify(message)), 64);
const messageOf = (message: unknown): mcp.RpcMessage => {
  const result = read(message);
  if (!result.ok) throw new Error(result.reason);
  return result.message;
};
const call = (params: unknown, method = "tools/call") => ({ jsonrpc: "2.0", id: 1, method, params });

describe("a message", () => {
  test.each([
    ["a request", call({ name: "f" }), "request"],
    ["a notification", { jsonrpc: "2.0", method: "notifications/initialized" }, "notification"],
    ["a result", { jsonrpc: "2.0", id: "a", result: {} }, "result"],
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: -1, message: "no" } }, "error"],
  ])("%s is read as one", (_, message, kind) => expect(messageOf(message).kind).toBe(kind));

  test.each([
    ["a batch", [call({})]],
    ["no version", { id: 1, method: "ping" }],
    ["a result and an error", { jsonrpc: "2.0", id: 1, result: {}, error: { code: 1, message: "" } }],
    ["a call that is an answer", { jsonrpc: "2.0", id: 1, method: "ping", result: {} }],
    ["a member nobody knows", { jsonrpc: "2.0", id: 1, method: "ping", more: 1 }],
    ["params that are a list", call([])],
    ["an id that is a fraction", { jsonrpc: "2.0", id: 1.5, method: "ping" }],
    ["an id that is null", { jsonrpc: "2.0", id: null, method: "ping" }],
    ["a method that is a sentence", { jsonrpc: "2.0", id: 1, method: "do this now" }],
    ["the same key twice", '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}'],
    ["the same key twice, once escaped", '{"jsonrpc":"2.0","id":1,"method":"ping","\\u006dethod":"tools/call"}'],
    ["words behind it", '{"jsonrpc":"2.0","id":1,"method":"ping"} x'],
  ])("%s is refused", (_, message) => expect(read(message).ok).toBe(false));
});

describe("provenance", () => {
  const provenances = (message: unknown, from: "client" | "server", method: string) =>
    mcp.decodeMessage(messageOf(message), from, method, 0).segments.map(({ provenance, text }) => [provenance, text]);
  const result = (value: unknown) => ({ jsonrpc: "2.0", id: 1, result: value });

  test.each([
    [
      "a tool's result",
      result({ content: [{ type: "text", text: "a" }], structuredContent: { b: "c" } }),
      "server",
      "tools/call",
      [
        ["tool-result", "a"],
        ["tool-result", "c"],
      ],
    ],
    [
      "a resource",
      result({ contents: [{ uri: "x:y", mimeType: "text/plain", text: "a" }] }),
      "server",
      "resources/read",
      [
        ["document", "x:y"],
        ["document", "a"],
      ],
    ],
    [
      "a definition",
      result({
        tools: [
          {
            name: "f",
            description: "a",
            inputSchema: { type: "object", properties: { p: { type: "string", description: "b", default: "c" } } },
          },
        ],
      }),
      "server",
      "tools/list",
      [
        ["tool-description", "a"],
        ["tool-description", "b"],
        ["tool-description", "c"],
      ],
    ],
    [
      "what a server says of itself",
      result({ instructions: "a", serverInfo: { name: "s", version: "1" } }),
      "server",
      "initialize",
      [["tool-description", "a"]],
    ],
    [
      "an error",
      { jsonrpc: "2.0", id: 1, error: { code: 1, message: "a", data: { b: "c" } } },
      "server",
      "tools/call",
      [
        ["tool-result", "a"],
        ["tool-result", "c"],
      ],
    ],
    [
      "a question to a person",
      call({ message: "a", requestedSchema: { type: "object" } }, "elicitation/create"),
      "server",
      "elicitation/create",
      [["tool-result", "a"]],
    ],
    [
      "a question to a model",
      call(
        { systemPrompt: "a", messages: [{ role: "user", content: { type: "text", text: "b" } }] },
        "sampling/createMessage",
      ),
      "server",
      "sampling/createMessage",
      [
        ["tool-result", "a"],
        ["tool-result", "b"],
      ],
    ],
    [
      "a model's answer",
      result({ role: "assistant", model: "m 1", content: { type: "text", text: "a" } }),
      "client",
      "sampling/createMessage",
      [
        ["model", "m 1"],
        ["model", "a"],
      ],
    ],
    [
      "a person's answer",
      result({ action: "accept", content: { a: "b" } }),
      "client",
      "elicitation/create",
      [["user", "b"]],
    ],
    [
      "arguments",
      call({ name: "f", arguments: { role: "user", x: ["y"] } }),
      "client",
      "tools/call",
      [
        ["tool-arguments", "f"],
        ["tool-arguments", "user"],
        ["tool-arguments", "y"],
      ],
    ],
  ] as const)("%s", (_, message, from, method, expected) =>
    expect(provenances(message, from, method)).toEqual(expected),
  );

  test("pictures and sounds are said to be unreadable", () => {
    const data = Buffer.from(Array.from({ length: 120 }, (_, at) => 128 + ((at * 37) % 127))).toString("base64");
    const message = messageOf(result({ content: [{ type: "image", data, mimeType: "image/png" }] }));
    expect(mcp.decodeMessage(message, "server", "tools/call", 0)).toMatchObject({
      segments: [],
      unscannable: [{ pointer: "/result/content/0/data", provenance: "tool-result" }],
    });
  });

  test("a call of a tool names it as its server does, with its arguments as they came", () => {
    const message = messageOf(
      '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"s__f","arguments":{"n":1.0, "t":"u"}}}',
    );
    if (message.kind !== "request") throw new Error("not a request");
    expect(mcp.decodeCall(message, mcp.decodeClientRequest(message), { name: "f", server: "s" })).toEqual({
      id: "x",
      name: "f",
      server: "s",
      segment: 1,
      others: [0],
      arguments: '{"n":1.0, "t":"u"}',
    });
  });
});

describe("names", () => {
  const several = mcp.createNamespace(["files", "web-2"]);

  test("of one server are its own", () => {
    const one = mcp.createNamespace(["files"]);
    expect([one.outward({ server: "files", name: "a__b" }), one.inward("a__b")]).toEqual([
      "a__b",
      { server: "files", name: "a__b" },
    ]);
  });

  test("of several come back as they went out", () => {
    fc.assert(
      fc.property(fc.constantFrom("files", "web-2"), fc.string(), (server, name) => {
        expect(several.inward(several.outward({ server, name }))).toEqual({ server, name });
        expect(several.inwardUri(several.outwardUri({ server, name }))).toEqual({ server, name });
      }),
    );
  });

  test.each(["read", "other__read", "__read", "file:///a", ""])("%s is nobody's", (name) =>
    expect([several.inward(name), several.inwardUri(name)]).toEqual([undefined, undefined]),
  );
});

describe("an edited message", () => {
  const scanOf = (text: string) => messageOf(text).scan;

  test("keeps every byte that is not named", () => {
    const text =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__f" , "arguments":{"name":"s__f","n":1.0e2}}}';
    const edited = mcp.editMember(scanOf(text), "params", new Map([["/params/name", "f"]]));
    expect(edited.toString()).toBe('{"name":"f" , "arguments":{"name":"s__f","n":1.0e2}}');
  });

  test.each([
    ['{"jsonrpc":"2.0","id":1,"result":{}}', '{"a":1}'],
    ['{"jsonrpc":"2.0","id":1,"result":{ }}', '{"a":1 }'],
    ['{"jsonrpc":"2.0","id":1,"result":{"b":2}}', '{"a":1,"b":2}'],
  ])("%s takes another member", (text, expected) =>
    expect(mcp.editMember(scanOf(text), "result", new Map(), new Map([["/result", { a: "1" }]])).toString()).toBe(
      expected,
    ),
  );
});

describe("headers", () => {
  test("carry any text and come back as it was", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
        (text) => {
          const header = mcp.encodeHeader(text);
          expect(header).toMatch(/^[\x20-\x7e]*$/);
          const says = { "mcp-protocol-version": "v", "mcp-method": "m", "mcp-name": header };
          expect(
            mcp.disagreement(
              says,
              { method: "m", params: {}, version: "v", named: text.trim() === text ? text : text },
              [],
            ),
          ).toBe(undefined);
        },
      ),
    );
  });

  const schema = {
    type: "object",
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      deep: { properties: { n: { type: "integer", "x-mcp-header": "N" } } },
    },
  };
  const params = { name: "f", arguments: { region: "eu", deep: { n: 42 } } };
  const request = { method: "tools/call", params, version: "2026-07-28", named: "f" };
  const good = {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "f",
    "mcp-param-region": "eu",
    "mcp-param-n": "42.0",
  };

  test("that agree with the body are accepted", () =>
    expect(mcp.disagreement(good, request, mcp.headerArguments(schema))).toBe(undefined));
  test.each([
    ["mcp-protocol-version", "2025-11-25", "MCP-Protocol-Version"],
    ["mcp-method", "tools/list", "Mcp-Method"],
    ["mcp-name", "g", "Mcp-Name"],
    ["mcp-name", undefined, "Mcp-Name"],
    ["mcp-name", "=?base64?Z===?=", "Mcp-Name"],
    ["mcp-param-region", "us", "mcp-param-region"],
    ["mcp-param-region", undefined, "mcp-param-region"],
    ["mcp-param-n", "43", "mcp-param-n"],
  ])("%s: %s does not", (header, value, named) =>
    expect(mcp.disagreement({ ...good, [header]: value }, request, mcp.headerArguments(schema))).toBe(named),
  );
  test("are made of the body", () =>
    expect(mcp.argumentHeaders(mcp.headerArguments(schema), params.arguments)).toEqual({
      "mcp-param-region": "eu",
      "mcp-param-n": "42",
    }));
});
