import { expect, test } from "vitest";
import { SpoolRecord } from "@parapet/model";
import { systemClock } from "#platform";
import { openMemorySharedState } from "#storage";
import type { DecodedToolCall } from "#protocols";
import { createAgentSessions } from "./agent-sessions.ts";
import type { AskedModel, CallKnowledge, KnownCall } from "./call-knowledge.ts";
import { createCallCounters } from "./call-counters.ts";
import { createCountedKnowledge } from "./counted-knowledge.ts";
import type { AgentRoad } from "./exchange-calls.ts";
import {
  loadTestPolicies,
  NO_CONTEXT,
  noPolicies,
  openAiDecoder,
  openRoad,
  rawEvent,
  requestOf,
  segmentOf,
  type RoadOptions,
  type TestRoad,
} from "./pipeline.fixture.ts";
import { createStreamGuard } from "./stream-guard.ts";

const ONCE = loadTestPolicies(`
@id("once")
@action("block")
@severity("high")
@message("Again?")
@description("The same call twice.")
forbid (principal, action == Action::"tool_call", resource)
when { context.steps.repeats >= 1 };
`);

/** Who counts calls in the product, with nothing declared. */
const counted = (): CallKnowledge =>
  createCountedKnowledge(
    createCallCounters({
      limits: [],
      agents: [],
      breaker: { stopped: 20, minutes: 10, pauseMinutes: 15 },
      shared: openMemorySharedState(),
      hashKey: Buffer.alloc(32, 5),
      clock: systemClock,
    }),
  );

const agentsWith = (knowledge: CallKnowledge = counted()): AgentRoad => ({
  sessions: createAgentSessions({ content: () => ({ tools: [], agents: [] }), shared: openMemorySharedState() }),
  knowledge,
});

const ENDING = { state: "completed", status: 200, responseBytes: 2, waitedMs: 0 } as const;
const call = (id: string, to: string, segment = 9): DecodedToolCall => ({
  id,
  name: "send_mail",
  segment,
  arguments: JSON.stringify({ to }),
});

const begin = async (options: RoadOptions, past: readonly DecodedToolCall[] = []): Promise<TestRoad> => {
  const road = openRoad(options);
  const asked = requestOf(["Mail Ada and Bob"]);
  const told = past.map((one, at) => ({
    ...segmentOf(one.arguments ?? "", "tool-arguments", at + 1),
    byteStart: 0,
    byteEnd: 0,
  }));
  road.exchange.judgeRequest(
    {
      ...asked,
      segments: [...asked.segments, ...told],
      toolCalls: past.map((one, at) => ({ ...one, segment: at + 1 })),
    },
    NO_CONTEXT,
  );
  await road.exchange.recordOpened();
  return road;
};

const answer = (road: TestRoad, calls: readonly DecodedToolCall[]) => {
  const placed = calls.map((one) => ({ ...one, segment: road.exchange.takeSegmentIndex() }));
  const segments = placed.map(({ segment, arguments: text = "" }) => ({
    ...segmentOf(text, "tool-arguments", segment),
    byteStart: 0,
    byteEnd: 0,
  }));
  return road.exchange.judgeResponse({ segments, unscannable: [], toolCalls: placed });
};

const stepsOf = (road: TestRoad) =>
  road.exchange.toolCalls().map(({ facts, decision }) => [facts?.steps.count, facts?.steps.repeats, decision?.action]);

test("a call is judged by those before it in the conversation, however their members are ordered", async () => {
  const past = { ...call("a", "ada"), arguments: '{ "to": "ada", "at": 1 }' };
  const road = await begin({ agents: agentsWith(), policies: ONCE }, [past]);
  const again = { ...call("b", "ada"), arguments: '{"at":1,"to":"ada"}' };
  expect(await answer(road, [again])).toMatchObject({ stop: true, verdict: { policy: "once" } });
  expect(stepsOf(road)).toEqual([[1, 1, "block"]]);
});

test("calls of one answer count for each other, and each has its own decision", async () => {
  const road = await begin({ agents: agentsWith(), policies: ONCE });
  const step = await answer(road, [call("a", "ada"), call("b", "bob"), call("c", "ada")]);
  expect(step.stop).toBe(true);
  expect(stepsOf(road)).toEqual([
    [0, 0, "allow"],
    [1, 0, "allow"],
    [2, 1, "block"],
  ]);
});

test("records say what was known of a call, what was decided, and by which policy", async () => {
  const road = await begin({ agents: agentsWith(), policies: ONCE, agent: "clerk" }, [call("a", "ada")]);
  await answer(road, [call("b", "ada")]);
  await road.exchange.close({ ...ENDING, state: "blocked", status: 400 });
  const closed = road.recorder.log.at(-1);
  expect(SpoolRecord.safeParse(closed).error).toBeUndefined();
  expect(closed?.kind === "closed" && closed.toolCalls).toMatchObject([
    {
      id: "b",
      name: "send_mail",
      facts: { pin: "none", limits: { exceeded: [] }, steps: { repeats: 1 } },
      decision: { action: "block", would: "block", policy: "once" },
    },
  ]);
});

test("what was let go is in the session from then on, and what was stopped is not", async () => {
  const agents = agentsWith();
  const first = await begin({ agents, policies: ONCE });
  expect((await answer(first, [call("a", "ada")])).stop).toBe(false);
  const second = await begin({ agents, policies: ONCE });
  expect((await answer(second, [call("b", "bob"), call("c", "ada")])).stop).toBe(true);
  const third = await begin({ agents, policies: ONCE });
  expect((await answer(third, [call("d", "bob")])).stop).toBe(false);
  const stranger = await begin({ agents, policies: ONCE, session: "s-2" });
  expect((await answer(stranger, [call("e", "ada")])).stop).toBe(false);
  const otherKey = await begin({ agents, policies: ONCE, key: "k-2" });
  expect((await answer(otherKey, [call("f", "ada")])).stop).toBe(false);
});

test("a stream's call waits for its facts, and one that is stopped ends it", async () => {
  const streamed = async (past: readonly DecodedToolCall[]) => {
    const road = await begin({ agents: agentsWith(), policies: ONCE }, past);
    const guard = createStreamGuard(road.exchange, openAiDecoder());
    const event = (delta: object, finish: string | null = null) =>
      guard.push(
        rawEvent(
          JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] }),
        ),
      );
    const begun = await event({
      tool_calls: [{ index: 0, id: "b", function: { name: "send_mail", arguments: '{"to":' } }],
    });
    const more = await event({ tool_calls: [{ index: 0, function: { arguments: '"ada"}' } }] });
    const end = await event({}, "tool_calls");
    await road.exchange.close(ENDING);
    return { road, waited: [...begun.outgoing, ...more.outgoing], end };
  };
  const passing = await streamed([]);
  expect([passing.waited, passing.end.stopped, passing.end.outgoing.length]).toEqual([[], undefined, 3]);
  const released = passing.road.recorder.log.find((one) => one.kind === "released" && one.what === "tool-call");
  expect(released).toMatchObject({
    toolCall: { id: "b", facts: { steps: { count: 0 } }, decision: { action: "allow" } },
  });
  const stopped = await streamed([call("a", "ada")]);
  expect(stopped.end).toMatchObject({ stopped: { action: "block", policy: "once" }, outgoing: [] });
  expect(stepsOf(stopped.road)).toEqual([[1, 1, "block"]]);
});

test("a call whose arguments come as several texts is asked about once and let go once", async () => {
  const seen: string[] = [];
  const real = counted();
  const knowledge: CallKnowledge = {
    of: (known) => {
      seen.push(`of ${known.name} ${known.arguments}`);
      return real.of(known);
    },
    settled: ({ name }, fate) => {
      seen.push(`${fate} ${name}`);
    },
    asked: () => undefined,
    spent: () => undefined,
  };
  const road = await begin({ agents: agentsWith(knowledge), policies: noPolicies });
  const one = call("a", "ada", 4);
  for (const segment of [4, 5]) {
    const own = { matches: [], receipt: { detectors: [], segments: [], reasons: [], parts: [] }, digests: [] };
    await road.exchange.judgeStreamedCall(
      { ...one, segment },
      { ...own, unscannable: 0, unreadableParts: 0, failed: 0 },
    );
    await road.exchange.releaseStreamedCall({ ...one, segment }, []);
  }
  expect(seen).toEqual(['of send_mail {"to":"ada"}', "passed send_mail"]);
});

test("who knows calls is told, before the model is asked, whose results are back and which tools are offered", async () => {
  const told: AskedModel[] = [];
  const knowledge: CallKnowledge = { ...counted(), asked: (request) => void told.push(request) };
  const road = openRoad({ agents: agentsWith(knowledge), agent: "clerk" });
  const definition = { name: "send_mail", parameters: {} };
  const decoded = {
    ...requestOf(["Send it.", "sent"]),
    toolResults: [{ call: "a", name: "", segments: [1] }],
    toolDefinitions: [{ name: "send_mail", definition }],
  };
  road.exchange.judgeRequest(decoded, NO_CONTEXT);
  expect(told).toEqual([]);
  await road.exchange.recordOpened();
  expect(told).toMatchObject([
    { route: "assistant", agent: "clerk", answered: ["a"], definitions: [{ name: "send_mail", definition }] },
  ]);
});

test.each([
  ["the user's, where a trusted caller says them", "Mail ada@firm.example that I come.", true],
  ["nobody's, where nobody does", undefined, false],
])("words beside a call on its way to its server are %s", async (_, said, user) => {
  const road = openRoad({ toward: "tool", agents: agentsWith(), policies: noPolicies, ...(said && { said }) });
  const decoded = requestOf(['{"to":"ada@firm.example"}']);
  road.exchange.judgeRequest(decoded, NO_CONTEXT);
  await road.exchange.judgeProposed(call("a", "ada@firm.example", 0));
  const [known] = road.exchange.toolCalls();
  expect(known?.facts?.flow).toMatchObject({ user, target: user ? "user" : "model" });
  await road.exchange.recordOpened();
  await road.exchange.close(ENDING);
  expect(road.recorder.log.map(({ kind }) => kind)).toEqual(["opened", "closed"]);
  expect(JSON.stringify(road.recorder.log)).not.toContain("that I come");
});

test("others add pins, limits and steps, and know who calls what", async () => {
  const asked: KnownCall[] = [];
  const knowledge: CallKnowledge = {
    of: async (known) => {
      asked.push(known);
      return {
        pin: "changed",
        limits: { exceeded: ["mails-a-day"] },
        steps: { count: 7, repeats: 0, unexpected: true, forbidden: false, paused: false },
        violations: ["budget"],
        reasons: ["Seven mails are enough."],
      };
    },
    settled: () => undefined,
    asked: () => undefined,
    spent: () => undefined,
  };
  const road = await begin({ agents: agentsWith(knowledge), policies: noPolicies, agent: "clerk", key: "k-1" });
  await answer(road, [call("a", "ada")]);
  expect(asked).toMatchObject([
    { agent: "clerk", key: "k-1", user: "", name: "send_mail", session: "default\u0000k-1\u0000s-1", past: [] },
  ]);
  expect(road.exchange.toolCalls()[0]?.facts).toMatchObject({
    pin: "changed",
    limits: { exceeded: ["mails-a-day"] },
    steps: { count: 7, unexpected: true },
    scope: { violations: ["budget"] },
    reasons: expect.arrayContaining(["Seven mails are enough."]),
  });
});

test.each([
  ["nobody gathers facts", {}],
  ["it is Parapet's own traffic", { agents: agentsWith(), lane: "self-test" as const }],
])("where %s, a call is judged by its name", async (_, options) => {
  const road = await begin({ ...options, policies: ONCE }, [call("a", "ada")]);
  expect((await answer(road, [call("b", "ada")])).stop).toBe(false);
  expect(road.exchange.toolCalls()).toMatchObject([{ id: "b", name: "send_mail", decision: { action: "allow" } }]);
  expect(road.exchange.toolCalls()[0]).not.toHaveProperty("facts");
});
