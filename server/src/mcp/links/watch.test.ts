import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Fault, silentLogger, systemClock } from "#platform";
import { mcp, type JsonObject } from "#protocols";
import type { Ask, Link } from "./link.ts";
import { createLinkPool, type Scope } from "./pool.ts";
import { watchLists } from "./watch.ts";

const ALL = { tools: { listChanged: true }, prompts: { listChanged: true }, resources: {} };
const TOOLS = "notifications/tools/list_changed";
const PROMPTS = "notifications/prompts/list_changed";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that is asked, and answers when the test says so. */
const serverOf = (capabilities: JsonObject = ALL) => {
  const asked: { readonly ask: Ask; readonly answer: (text: string) => void; readonly fail: () => void }[] = [];
  let open = true;
  const link: Link = {
    hello: { era: "modern", version: mcp.MODERN_VERSION, capabilities, instructions: "" },
    ask: (ask) =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(new Fault("upstream_reset", { detail: "broken" }));
        const answer = (text: string): void => {
          const message = mcp.ownMessage(Buffer.from(`{"jsonrpc":"2.0","id":1,${text}}`));
          if (message.kind === "result" || message.kind === "error") resolve(message);
        };
        asked.push({ ask, answer, fail });
      }),
    notify: async () => undefined,
    reply: async () => undefined,
    isOpen: () => open,
    close: async () => {
      open = false;
      asked.at(-1)?.fail();
    },
  };
  const say = (method: string): void => {
    const message = mcp.ownMessage(mcp.notificationBytes(method, undefined));
    if (message.kind === "notification") asked.at(-1)?.ask.onMessage?.(message);
  };
  return { link, asked, say, acknowledge: () => say("notifications/subscriptions/acknowledged") };
};

test("a server is asked to tell of the lists that it offers to tell of, and nothing else is taken from it", () => {
  const told: string[] = [];
  const { link, asked, say, acknowledge } = serverOf();
  void watchLists(link, ({ method }) => told.push(method), false);
  expect(asked[0]?.ask).toMatchObject({ method: "subscriptions/listen", lasts: true });
  expect(JSON.parse(String(asked[0]?.ask.params))).toEqual({
    notifications: { toolsListChanged: true, promptsListChanged: true },
  });
  acknowledge();
  for (const method of [TOOLS, "notifications/resources/list_changed", "notifications/message", PROMPTS]) say(method);
  expect(told).toEqual([TOOLS, PROMPTS]);
});

test("a server that says the same over and over is heard once a second", async () => {
  const told: string[] = [];
  const { link, say } = serverOf();
  void watchLists(link, ({ method }) => told.push(method), false);
  for (let times = 0; times < 100; times += 1) say(TOOLS);
  expect(told).toEqual([TOOLS]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([TOOLS, TOOLS]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toHaveLength(2);
  say(TOOLS);
  expect(told).toHaveLength(3);
});

test("a server that offers to tell of nothing is not asked", () => {
  const { link, asked } = serverOf({ tools: {}, resources: { subscribe: true } });
  void watchLists(link, () => undefined, false);
  expect(asked).toEqual([]);
});

test("where a server broke off, each list is told as changed once it listens again, and not before", async () => {
  const told: string[] = [];
  const { link, asked, acknowledge } = serverOf();
  void watchLists(link, ({ method }) => told.push(method), false);
  acknowledge();
  asked[0]?.fail();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.length).toBe(2);
  asked[1]?.fail();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([asked.length, told]).toEqual([2, []]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.length).toBe(3);
  acknowledge();
  expect(told).toEqual([TOOLS, PROMPTS]);
});

test.each([
  ["that does not know the request", '"error":{"code":-32601,"message":"no"}', 1],
  ["that has no place left", '"error":{"code":-32603,"message":"Subscription limit reached"}', 2],
  ["that ended in good order", '"result":{"resultType":"complete"}', 2],
])("a server %s is asked again or not", async (_, answer, times) => {
  const { link, asked } = serverOf();
  void watchLists(link, () => undefined, false);
  asked[0]?.answer(answer);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.length).toBe(times);
});

test.each([
  ["one hears for all, and the next one when it ends", true, [1, 0], ["a", "b", "b"]],
  ["of its own, each hears for itself", false, [1, 1], ["a", "b"]],
])("of several conversations with a server %s", async (_, isOne, asked, told) => {
  const first = serverOf();
  const second = serverOf();
  const links = [first.link, second.link];
  const heard: string[] = [];
  const pool = createLinkPool(
    [
      {
        id: "notes",
        linksMax: 10,
        idleMs: 60_000,
        isOne,
        open: async () => links.shift() ?? first.link,
      },
    ],
    systemClock,
    silentLogger,
  );
  const scopeOf = (key: string): Scope => ({
    key,
    capabilities: {},
    lasts: () => true,
    onMessage: (_server, { method }) => {
      if (method === TOOLS) heard.push(key);
    },
  });
  const [a, b] = [scopeOf("a"), scopeOf("b")];
  for (const scope of [a, b]) await pool.link("notes", scope);
  expect([first.asked.length, second.asked.length]).toEqual(asked);
  first.acknowledge();
  first.say(TOOLS);
  second.say(TOOLS);
  await pool.end(a);
  if (isOne) second.acknowledge();
  expect(heard).toEqual(told);
  await pool.close();
});

describe("a pool", () => {
  const poolOf = (open: () => Promise<Link>) =>
    createLinkPool([{ id: "notes", linksMax: 10, idleMs: 60_000, isOne: true, open }], systemClock, silentLogger);
  const scopeOf = (key: string): Scope => ({ key, capabilities: {}, lasts: () => true, onMessage: () => undefined });

  test("has another conversation hear of changes where one ended while it was opened", async () => {
    const [first, second] = [serverOf(), serverOf()];
    const opening = Promise.withResolvers<Link>();
    const links = [opening.promise, Promise.resolve(second.link)];
    const pool = poolOf(() => links.shift() ?? opening.promise);
    const scope = scopeOf("a");
    const left = pool.link("notes", scope);
    const ended = pool.end(scope);
    opening.resolve(first.link);
    await Promise.all([left, ended]);
    await pool.link("notes", scopeOf("b"));
    expect([first.asked.length, second.asked.length]).toEqual([0, 1]);
    await pool.close();
  });

  test("passes over a conversation that is still opened when another is to hear of changes", async () => {
    const [first, third] = [serverOf(), serverOf()];
    const opening = Promise.withResolvers<Link>();
    const links = [Promise.resolve(first.link), opening.promise, Promise.resolve(third.link)];
    const pool = poolOf(() => links.shift() ?? opening.promise);
    const scope = scopeOf("a");
    await pool.link("notes", scope);
    const failing = pool.link("notes", scopeOf("b"));
    await pool.link("notes", scopeOf("c"));
    await pool.end(scope);
    opening.reject(new Fault("upstream_unreachable"));
    await expect(failing).rejects.toBeInstanceOf(Fault);
    expect(third.asked.length).toBe(1);
    await pool.close();
  });

  test("opens nothing for a conversation that was ended, however late somebody asks", async () => {
    const { link } = serverOf();
    const pool = poolOf(async () => link);
    const scope = scopeOf("a");
    await pool.link("notes", scope);
    await pool.end(scope);
    await expect(pool.link("notes", scope)).rejects.toMatchObject({ code: "upstream_reset" });
    expect(pool.health()[0]?.links).toBe(0);
    await pool.link("notes", scopeOf("a"));
    expect(pool.health()[0]?.links).toBe(1);
    await pool.close();
  });
});
