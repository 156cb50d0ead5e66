import { createServer, type Server } from "node:http";
import { RouteConfiguration } from "@parapet/model";
import { keptResponse, type PeerRequest } from "#gateway";
import { createLogger, fakeClock, type FakeClock } from "#platform";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPeers } from "./peers.ts";

let server: Server;
let url = "";
/** Status of the card, and how often it was asked for. */
const agent = { status: 200, reads: 0, version: "1" };
let clock: FakeClock;
let outcomes: string[];
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  Object.assign(agent, { status: 200, reads: 0, version: "1" });
  clock = fakeClock();
  outcomes = [];
  server = createServer((_, response) => {
    agent.reads += 1;
    const supportedInterfaces = [{ url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }];
    response.writeHead(agent.status, { "content-type": "application/json" });
    response.end(JSON.stringify({ name: "Weather", version: agent.version, supportedInterfaces }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const open = (more: Record<string, unknown> = {}, pinned = "1") => {
  const route = RouteConfiguration.parse({ id: "weather", path: "/weather", protocol: "a2a", upstream: url, ...more });
  const peer = createPeers({
    mode: () => "enforce",
    credential: () => undefined,
    pins: {
      observe: (_, definition) => {
        const isSame = JSON.stringify(definition).includes(`"version":"${pinned}"`);
        return { state: isSame ? "pinned" : "changed", approval: isSame ? "" : "approve it" };
      },
      settled: async () => undefined,
    },
    clock,
    logger: createLogger("silent"),
    onCard: (_, outcome) => outcomes.push(outcome),
  })(route);
  if (peer === undefined) throw new Error("no peer");
  closing.push(peer.close);
  return peer;
};
const asking = (operation: string, ...callbacks: string[]): PeerRequest => ({
  operation,
  path: "/",
  callbacks,
  base: "http://g",
  isNamed: false,
});

describe("an agent's card", () => {
  test("is read once for many, and again when it is old", async () => {
    const peer = open({ a2a: { card_seconds: 60 } });
    await Promise.all([1, 2, 3].map(() => peer.admit(asking("GetTask"))));
    await peer.admit(asking("GetTask"));
    expect(agent.reads).toBe(1);
    clock.advance(61_000);
    expect((await peer.admit(asking("GetTask"))).applied).toBeUndefined();
    expect([agent.reads, outcomes]).toEqual([2, ["good", "good"]]);
  });

  test("that changed holds what comes after it is seen", async () => {
    const peer = open({ a2a: { card_seconds: 60 } });
    await peer.admit(asking("SendMessage"));
    agent.version = "2";
    expect((await peer.admit(asking("SendMessage"))).applied).toBeUndefined();
    clock.advance(61_000);
    const { applied } = await peer.admit(asking("SendMessage"));
    expect(applied).toMatchObject({ id: "builtin.agent-card", action: "hold" });
    expect(applied?.message).toContain("approve it");
  });

  test("stays as it was while it cannot be read again, and is not asked for all the time", async () => {
    const peer = open({ a2a: { card_seconds: 60 } });
    await peer.admit(asking("GetTask"));
    agent.status = 500;
    clock.advance(61_000);
    for (let times = 0; times < 3; times += 1) expect((await peer.admit(asking("GetTask"))).pathOf("/")).toBe("/rpc");
    expect(agent.reads).toBe(2);
    clock.advance(11_000);
    await peer.admit(asking("GetTask"));
    expect([agent.reads, outcomes]).toEqual([3, ["good", "unreachable", "unreachable"]]);
  });

  test("that was never read lets nothing go", async () => {
    agent.status = 404;
    await expect(open().admit(asking("SendMessage"))).rejects.toMatchObject({ code: "upstream_invalid" });
  });

  test("leads to its own interfaces alone", async () => {
    const { pathOf } = await open().admit(asking("SendMessage"));
    expect([pathOf("/"), pathOf("/message:send")]).toEqual(["/rpc", undefined]);
  });
});

describe("the card for those who say who they are", () => {
  const card = { name: "Weather", supportedInterfaces: [] };
  const told = async (path: string, status: number, value: unknown) => {
    const peer = open({ a2a: { signature: "required", keys: "file:/none" }, mode: "enforce" });
    const { ask } = await peer.admit({ ...asking("GetExtendedAgentCard"), path });
    const said = keptResponse({ status, contentType: "application/json", body: Buffer.from(JSON.stringify(value)) });
    return JSON.parse((await (await ask(async () => said)).body.collect(10_000)).toString());
  };

  test.each([
    ["in HTTP", "/extendedAgentCard", 200, card],
    ["in HTTP, dressed as JSON-RPC", "/extendedAgentCard", 200, { ...card, jsonrpc: "2.0" }],
    ["in HTTP, dressed as an error", "/extendedAgentCard", 200, { ...card, jsonrpc: "2.0", error: {} }],
    ["in HTTP, with another status that means good", "/extendedAgentCard", 203, card],
    ["in JSON-RPC", "/", 200, { jsonrpc: "2.0", id: 1, result: card }],
    ["in JSON-RPC, beside an error", "/", 200, { jsonrpc: "2.0", id: 1, result: card, error: {} }],
    ["in JSON-RPC, without its version", "/", 201, { id: 1, result: card }],
    ["in JSON-RPC, bare", "/", 200, card],
    ["in JSON-RPC, as nothing", "/", 200, { jsonrpc: "2.0", id: 1 }],
  ])("is not told unsigned where the route wants a signature: %s", async (_, path, status, value) => {
    await expect(told(path, status, value)).rejects.toMatchObject({ code: "upstream_invalid" });
  });

  test.each([
    ["in JSON-RPC", "/", 200],
    ["in HTTP", "/extendedAgentCard", 404],
  ])("is an error of the agent as it is: %s", async (_, path, status) => {
    const error = { jsonrpc: "2.0", id: 1, error: { code: -32_007, message: "There is none." } };
    expect(await told(path, status, error)).toEqual(error);
  });
});

describe("what policies have no say in", () => {
  test.each([
    ["news to addresses, where the route says nothing of them", {}, asking("SendMessage", "https://a.example/"), false],
    ["setting up news", {}, asking("CreateTaskPushNotificationConfig"), false],
    ["news where they are allowed", { push_notifications: true }, asking("SendMessage", "https://a.example/"), true],
    ["news to this network", { push_notifications: true }, asking("SendMessage", "http://10.0.0.1/"), false],
    ["news to metadata", { push_notifications: true }, asking("SendMessage", "http://169.254.169.254/"), false],
    ["news to what is no address", { push_notifications: true }, asking("SendMessage", "file:///etc/passwd"), false],
    ["tasks of all callers", {}, asking("ListTasks"), false],
    ["tasks of nobody, where names would be told", { forward_identity: true }, asking("ListTasks"), false],
    ["tasks of who asks", { forward_identity: true }, { ...asking("ListTasks"), isNamed: true }, true],
  ])("%s", async (_, a2a, asked, passes) => {
    const admitted = open({ a2a }).admit(asked);
    if (passes) await expect(admitted).resolves.toMatchObject({ applied: undefined });
    else await expect(admitted).rejects.toMatchObject({ code: "forbidden" });
  });
});
