import { describe, expect, test } from "vitest";
import { createUsualCalls, type ApprovalGate, type Asked, type HeldExchange } from "#approvals";
import { loadPolicies } from "#policy";
import { NO_CONTEXT, openRoad, requestOf, SECRET, segmentOf } from "./pipeline.fixture.ts";

const KEY = Buffer.alloc(32, 9);
const loaded = loadPolicies([
  {
    path: "hold.cedar",
    text: `
@id("hold-transfer") @action("hold") @severity("high") @message("Ask first.") @description("Transfers.")
forbid (principal, action == Action::"tool_call", resource) when { context.tool.name == "transfer" };
@id("redact-secret") @action("redact") @redact("secret") @severity("high") @message("A secret was removed.") @description("Secrets.")
forbid (principal, action in [Action::"request", Action::"response"], resource) when { context.confidence.secret >= 800 };
@id("block-drop") @action("block") @severity("high") @message("Never.") @description("Drops.")
forbid (principal, action == Action::"tool_call", resource) when { context.tool.name == "drop" };`,
  },
]);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
const policies = loaded.set;

/** A gate that answers what it is told, in turn, and keeps what it was asked. */
const gateOf = (...answers: readonly ("waits" | "denied" | "passes")[]) => {
  const asked: HeldExchange[] = [];
  const gate: ApprovalGate = {
    key: KEY,
    addressOf: ({ id }) => `https://parapet.example/approvals/${id}`,
    requests: () => new Set(),
    ask: async (held): Promise<Asked> => {
      asked.push(held);
      const kind = answers[Math.min(asked.length, answers.length) - 1] ?? "waits";
      return kind === "passes"
        ? { kind, approvals: held.things.map((_, at) => `approval ${at}`) }
        : { kind, approvals: [] };
    },
    waiting: async () => undefined,
    settled: async () => undefined,
  };
  return { asked, approvals: { gate, usual: createUsualCalls(KEY) } };
};

const answerOf = (names: readonly string[], first: number, text = "") => ({
  segments: [
    { ...segmentOf(text, "model", first), byteStart: 0, byteEnd: 0 },
    ...names.map((_, at) => ({ ...segmentOf("{}", "tool-arguments", first + 1 + at), byteStart: 0, byteEnd: 0 })),
  ],
  unscannable: [],
  toolCalls: names.map((name, at) => ({ id: `c${at}`, name, segment: first + 1 + at, arguments: '{"amount":5}' })),
});
const ASKING = { bodyHash: "b", segments: [] };

const judged = async (gate: ReturnType<typeof gateOf>, names: readonly string[], text = "") => {
  const road = openRoad({ policies, approvals: gate.approvals });
  road.exchange.judgeRequest(requestOf(["pay"]), NO_CONTEXT);
  const step = await road.exchange.judgeResponse(answerOf(names, road.exchange.nextSegmentIndex(), text));
  return { road, step };
};

describe("what is held in an exchange", () => {
  test("is asked about with its policy, and the exchange goes on with its redactions once it passes", async () => {
    const gate = gateOf("passes");
    const { road, step } = await judged(gate, ["transfer", "read"], `The key is ${SECRET}`);
    expect(step).toMatchObject({ stop: true, verdict: { action: "hold" } });
    const settled = await road.exchange.settle(step, ASKING);
    expect(gate.asked[0]?.things).toMatchObject([
      {
        what: "tool_call",
        tool: "transfer",
        content: { arguments: '{"amount":5}' },
        verdict: { policy: "hold-transfer" },
      },
    ]);
    expect(settled).toMatchObject({
      stop: false,
      verdict: { action: "redact", policy: "redact-secret", approvals: ["approval 0"] },
    });
    expect(settled.replacements.size).toBe(1);
    expect(road.exchange.verdict().action).toBe("redact");
  });

  test("two of the same call are two things", async () => {
    const gate = gateOf("waits");
    const { road, step } = await judged(gate, ["transfer", "transfer"]);
    expect(await road.exchange.settle(step, ASKING)).toMatchObject({ stop: true, asked: { kind: "waits" } });
    expect(new Set(gate.asked[0]?.things.map(({ digest }) => digest)).size).toBe(2);
  });

  test("is not asked about beside something that is blocked", async () => {
    const gate = gateOf("passes");
    const { road, step } = await judged(gate, ["transfer", "drop"]);
    expect(await road.exchange.settle(step, ASKING)).toMatchObject({ stop: true, verdict: { action: "block" } });
    expect(gate.asked).toEqual([]);
  });

  test("is waited for inside the call until a person decided, or the caller left", async () => {
    const patient = gateOf("waits", "waits", "passes");
    const first = await judged(patient, ["transfer"]);
    const wait = { timeoutMs: 60_000 };
    expect(await first.road.exchange.settle(first.step, ASKING, wait)).toMatchObject({ stop: false });
    expect(patient.asked).toHaveLength(3);
    const left = gateOf("waits");
    const second = await judged(left, ["transfer"]);
    const gone = await second.road.exchange.settle(second.step, ASKING, { ...wait, signal: AbortSignal.abort() });
    expect(gone).toMatchObject({ stop: true, asked: { kind: "waits" } });
    expect(left.asked).toHaveLength(1);
  });

  test("is too large to be asked about when nobody could read it", async () => {
    const gate = gateOf("passes");
    const road = openRoad({ policies, approvals: gate.approvals });
    road.exchange.judgeRequest(requestOf(["pay"]), NO_CONTEXT);
    const answer = answerOf(["transfer"], road.exchange.nextSegmentIndex());
    const [call] = answer.toolCalls;
    if (call === undefined) throw new Error("no call");
    const step = await road.exchange.judgeResponse({
      ...answer,
      toolCalls: [{ ...call, arguments: JSON.stringify({ note: "x".repeat(300_000) }) }],
    });
    expect(await road.exchange.settle(step, ASKING)).toMatchObject({ stop: true, asked: { kind: "refused" } });
    expect(gate.asked).toEqual([]);
  });
});
