import { AgentDeclaration, BusinessLimit } from "@parapet/model";
import { expect, test } from "vitest";
import { fakeClock } from "#platform";
import { openMemorySharedState } from "#storage";
import type { CallFate, TokenSpender } from "./call-knowledge.ts";
import { createCallCounters, type CallCount, type CallCounters, type CountedCall } from "./call-counters.ts";

const START_MS = Date.parse("2026-11-20T10:00:00Z");
const HOUR_MS = 3_600_000;
const caller: TokenSpender = { tenant: "default", agent: "clerk", user: "ines", key: "k", session: "s" };

const callOf = (
  name: string,
  text: string,
  by: TokenSpender = caller,
  values: CountedCall["reading"]["values"] = [],
): CountedCall => ({
  ...by,
  server: "",
  id: "1",
  name,
  arguments: text,
  reading: { values, json: JSON.parse(text) },
  past: [],
  beside: [],
});

const setUp = (rest: { limits?: object[]; agent?: object; stopped?: number } = {}) => {
  const clock = fakeClock(START_MS);
  const shared = openMemorySharedState(clock);
  const open = (): CallCounters =>
    createCallCounters({
      limits: (rest.limits ?? []).map((limit) => BusinessLimit.parse({ id: "pay", tools: ["pay"], ...limit })),
      agents: [AgentDeclaration.parse({ id: "clerk", tools: ["*"], ...rest.agent })],
      breaker: { stopped: rest.stopped ?? 20, minutes: 10, pauseMinutes: 15 },
      shared,
      hashKey: Buffer.alloc(32, 7),
      clock,
    });
  const pay = async (
    counters: CallCounters,
    amount: unknown,
    { fate = "passed", by = caller, tool = "pay" }: { fate?: CallFate; by?: TokenSpender; tool?: string } = {},
  ): Promise<CallCount> => {
    const values = [{ role: "amount" as const, value: amount }];
    const counted = await counters.count(callOf(tool, JSON.stringify({ amount }), by, values));
    await counted.settle(fate);
    return counted;
  };
  return { clock, open, pay };
};

const exceeded = ({ limits }: CallCount): readonly string[] => limits.exceeded;

test("a total holds what passed, over a restart, until its window ends", async () => {
  const { clock, open, pay } = setUp({ limits: [{ measure: "amount", total: { most: 100 } }] });
  expect(exceeded(await pay(open(), 60))).toEqual([]);
  expect(exceeded(await pay(open(), 50, { fate: "stopped" }))).toEqual(["pay"]);
  expect(exceeded(await pay(open(), 39.99))).toEqual([]);
  expect(exceeded(await pay(open(), 0.02, { fate: "held" }))).toEqual(["pay"]);
  expect(exceeded(await pay(open(), 0.01))).toEqual([]);
  clock.advance(14 * HOUR_MS);
  expect(exceeded(await pay(open(), 100))).toEqual([]);
});

test("calls that are weighed at once do not both take what is left", async () => {
  const { open, pay } = setUp({ limits: [{ measure: "amount", total: { most: 100 } }] });
  const counters = open();
  const both = await Promise.all([pay(counters, 60), pay(counters, 60)]);
  expect(both.flatMap(exceeded)).toEqual(["pay"]);
});

test("what was stopped gives nothing back to a window after its own", async () => {
  const { clock, open, pay } = setUp({ limits: [{ measure: "amount", total: { most: 100, hours: 1 } }] });
  const counters = open();
  const values = [{ role: "amount" as const, value: 90 }];
  const late = await counters.count(callOf("pay", "{}", caller, values));
  clock.advance(HOUR_MS);
  await pay(counters, 80);
  await late.settle("stopped");
  expect(exceeded(await pay(counters, 30))).toEqual(["pay"]);
});

test.each([
  ["agent", { user: "bo", session: "t" }, true],
  ["agent", { agent: "pilot" }, false],
  ["user", { agent: "pilot", session: "t" }, true],
  ["user", { user: "bo" }, false],
  ["session", { user: "bo" }, true],
  ["session", { session: "t" }, false],
  ["tenant", { agent: "pilot", user: "bo", session: "t" }, true],
  ["tenant", { tenant: "other" }, false],
])("a total per %s is shared with %j: %s", async (per, other, isShared) => {
  const { open, pay } = setUp({ limits: [{ measure: "calls", total: { most: 1, per } }] });
  await pay(open(), 1);
  expect(exceeded(await pay(open(), 1, { by: { ...caller, ...other } })).length).toBe(isShared ? 1 : 0);
});

test("a session knows its calls and repeats, and its budget ends", async () => {
  const { clock, open, pay } = setUp({ agent: { budget: { calls: 3, repeats: 2, minutes: 30, tokens: 500 } } });
  expect((await pay(open(), 1)).steps).toMatchObject({ count: 0, repeats: 0 });
  expect((await pay(open(), 1)).steps).toMatchObject({ count: 1, repeats: 1 });
  expect(await pay(open(), 1, { fate: "stopped" })).toMatchObject({ steps: { repeats: 2 }, overBudget: true });
  expect(await pay(open(), 2)).toMatchObject({ steps: { count: 2, repeats: 0 }, overBudget: false });
  expect(await pay(open(), 3)).toMatchObject({ steps: { count: 3 }, overBudget: true });
  const other = { ...caller, session: "t" };
  expect(await pay(open(), 1, { by: other })).toMatchObject({ overBudget: false });
  await open().spend(other, 500);
  expect(await pay(open(), 2, { by: other })).toMatchObject({ overBudget: true });
  const slow = { ...caller, session: "u" };
  await pay(open(), 1, { by: slow });
  clock.advance(31 * 60_000);
  expect(await pay(open(), 2, { by: slow })).toMatchObject({ overBudget: true });
});

test("a forbidden step stays so over a restart, and one that sessions never took is a deviation", async () => {
  const { open, pay } = setUp({ agent: { steps: { forbidden: [{ after: "read", never: "pay" }] } } });
  for (let n = 0; n < 20; n++) {
    const by = { ...caller, session: `s${n}` };
    await pay(open(), n, { tool: "read", by });
    await pay(open(), n, { tool: "send", by });
  }
  const by = { ...caller, session: "last" };
  expect((await pay(open(), 1, { tool: "read", by })).steps).toMatchObject({ unexpected: false, forbidden: false });
  expect((await pay(open(), 1, { tool: "pay", by, fate: "stopped" })).steps).toMatchObject({
    unexpected: true,
    forbidden: true,
  });
  expect((await pay(open(), 1, { tool: "send", by })).steps).toMatchObject({ unexpected: false, forbidden: false });
});

test("an agent of which many calls are stopped is paused for that user, for a time", async () => {
  const { clock, open, pay } = setUp({ stopped: 3 });
  for (let n = 0; n < 3; n++) expect((await pay(open(), n, { fate: "stopped" })).steps.paused).toBe(false);
  expect((await pay(open(), 4)).steps.paused).toBe(true);
  expect((await pay(open(), 4, { by: { ...caller, user: "bo" } })).steps.paused).toBe(false);
  clock.advance(16 * 60_000);
  expect((await pay(open(), 4)).steps.paused).toBe(false);
});

test("where a session has no name, the conversation tells its steps", async () => {
  const { open } = setUp({
    agent: { budget: { calls: 2 }, steps: { forbidden: [{ after: "read", never: "pay" }] } },
  });
  const read = callOf("read", "{}");
  const count = (past: readonly (typeof read)[]): Promise<CallCount> =>
    open().count({ ...callOf("pay", "{}", { ...caller, session: "" }), past });
  expect(await count([])).toMatchObject({ steps: { count: 0, forbidden: false }, overBudget: false });
  expect(await count([read])).toMatchObject({ steps: { count: 1, forbidden: true }, overBudget: false });
  expect(await count([read, read])).toMatchObject({ steps: { count: 2 }, overBudget: true });
});

test("calls of one answer count for each other, also once they passed", async () => {
  const { open } = setUp({
    agent: { budget: { calls: 3, repeats: 1 }, steps: { forbidden: [{ after: "read", never: "pay" }] } },
  });
  const counters = open();
  const read = callOf("read", '{"a":1,"b":2}');
  const first = await counters.count(read);
  const same = { ...callOf("read", '{ "b": 2, "a": 1 }'), beside: [read] };
  const second = await counters.count(same);
  expect(second).toMatchObject({ steps: { count: 1, repeats: 1 }, overBudget: true });
  const third = await counters.count({ ...callOf("pay", "{}"), beside: [read, same] });
  expect(third).toMatchObject({ steps: { count: 2, forbidden: true } });
  await first.settle("passed");
  await second.settle("passed");
  expect(await counters.count(callOf("read", '{"b":2,"a":1}'))).toMatchObject({ steps: { count: 2, repeats: 2 } });
});

test.each([
  ["by its own name", "pay"],
  ["by that behind an endpoint of several servers", "bank__pay"],
])("a call that its model's answer was judged for counts once at its server, known %s", async (_, asModel) => {
  const { clock, open } = setUp({
    limits: [{ measure: "calls", tools: ["pay", "bank__pay"], total: { most: 2 } }],
    agent: { budget: { calls: 3 } },
  });
  const counters = open();
  const judge = async (server: string, fate: CallFate = "passed", text = "{}"): Promise<CallCount> => {
    const counted = await counters.count({ ...callOf(server === "" ? asModel : "pay", text), server });
    await counted.settle(fate);
    return counted;
  };
  expect(exceeded(await judge(""))).toEqual([]);
  // Held there at first, and let go when it comes again.
  expect(await judge("bank", "held")).toMatchObject({ limits: { exceeded: [] }, steps: { count: 0 } });
  expect(exceeded(await judge("bank"))).toEqual([]);
  // The same call a second time is another one, and so is one with other arguments.
  expect(await judge("bank")).toMatchObject({ limits: { exceeded: [] }, steps: { count: 1 }, overBudget: false });
  expect(exceeded(await judge("bank", "stopped", '{"a":1}'))).toEqual(["pay"]);
  expect(exceeded(await judge("bank", "stopped"))).toEqual(["pay"]);
  // One that waits too long, or whose result is back, is worth none.
  clock.advance(24 * HOUR_MS);
  expect(exceeded(await judge(""))).toEqual([]);
  counters.answered("s", ["1"]);
  expect(exceeded(await judge("bank"))).toEqual([]);
  expect(exceeded(await judge("", "stopped"))).toEqual(["pay"]);
  clock.advance(24 * HOUR_MS);
  expect(exceeded(await judge(""))).toEqual([]);
  clock.advance(6 * 60_000);
  expect(exceeded(await judge("bank"))).toEqual([]);
  expect(exceeded(await judge("bank"))).toEqual(["pay"]);
});

test("a call that was refused after its result was back with the model counts when it comes again", async () => {
  const { open } = setUp({ limits: [{ measure: "calls", tools: ["pay"], total: { most: 1 } }] });
  const counters = open();
  const atServer = { ...callOf("pay", "{}"), server: "bank" };
  const inAnswer = await counters.count(callOf("pay", "{}"));
  await inAnswer.settle("passed");
  const refused = await counters.count(atServer);
  counters.answered("s", ["1"]);
  await refused.settle("held");
  expect(exceeded(await counters.count(atServer))).toEqual(["pay"]);
});

test("of more different calls than are told apart the latest are known", async () => {
  const { open, pay } = setUp();
  const counters = open();
  for (let n = 0; n < 257; n++) await pay(counters, n);
  await pay(counters, 1);
  expect((await pay(counters, 1)).steps).toMatchObject({ count: 258, repeats: 2 });
  // The one of 2 went when 0, the oldest, had gone and 1 had come back to the end.
  expect((await pay(counters, 0)).steps.repeats).toBe(0);
  expect((await pay(counters, 256)).steps.repeats).toBe(1);
});
