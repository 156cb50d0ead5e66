import { CallFacts, Event, type Verdict } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { isActedOn, toEvent, toExchangeRow } from "./to-events.ts";
import { auditRecord, exchangeRecords, matchOf } from "./monitor.fixture.ts";

const { opened, released, closed } = exchangeRecords({ user: "ada" });
const seal = () => "c2VhbGVk";

describe("an event", () => {
  test.each([
    ["opened", opened, "gateway", "exchange.opened", "informational", { captured: true, categories: [] }],
    [
      "released",
      { ...released, toolCall: { id: "c", name: "weather", segment: 1 } },
      "gateway",
      "exchange.released",
      "informational",
      { what: "first-byte", tools: ["weather"] },
    ],
    [
      "closed",
      closed,
      "gateway",
      "exchange.closed",
      "high",
      {
        state: "completed",
        status: 200,
        tools: ["weather"],
        categories: ["prompt_injection"],
        found: ["request/user/prompt_injection"],
        maxConfidence: 0.9,
        confidence: { prompt_injection: 0.9 },
        counts: { prompt_injection: 1 },
        inputTokens: 0,
      },
    ],
    [
      "audit",
      auditRecord("key.created", { actor: "user:eve", detail: { scoped: true } }),
      "audit",
      "key.created",
      "informational",
      { type: "key.created", actor: "user:eve", outcome: "success", detail: { scoped: true } },
    ],
    [
      "failed audit",
      auditRecord("session.started", { outcome: "failure" }),
      "audit",
      "session.started",
      "low",
      { outcome: "failure", address: "" },
    ],
  ] as const)("of a record %s has its source, kind, severity and fields", (_, record, source, kind, severity, body) => {
    const event = toEvent(record, Date.UTC(2026, 0, 2), seal);
    expect(event).toMatchObject({
      id: record.id,
      time: record.time,
      receivedAt: "2026-01-02T00:00:00.000Z",
      source,
      kind,
      severity,
      body,
    });
    expect(Event.safeParse(event).error).toBeUndefined();
  });

  test("never holds captured text in clear, and counts at most a hundred matches one by one", () => {
    const many = { ...closed, matches: Array.from({ length: 300 }, () => matchOf()), segments: opened.segments };
    const event = toEvent(many, 0, seal);
    expect(event.text).toBe("c2VhbGVk");
    expect(JSON.stringify(event.body)).not.toContain("hello there");
    expect(event.body["matches"]).toHaveLength(100);
    expect(event.body["counts"]).toEqual({ prompt_injection: 300 });
    expect(toEvent(opened, 0, () => undefined)).not.toHaveProperty("text");
  });

  test("names what was found only from even odds on", () => {
    const event = toEvent({ ...closed, matches: [{ ...matchOf(), confidence: 0.49 }] }, 0, seal);
    expect(event.body).toMatchObject({ found: [], categories: ["prompt_injection"], counts: {} });
  });
});

describe("the list's row", () => {
  test("is open first, final later, and none for what lies between", () => {
    expect(toExchangeRow(opened)).toMatchObject({ state: "open", version: 0, status: 0 });
    expect(toExchangeRow(released)).toBeUndefined();
    expect(toExchangeRow(closed)).toMatchObject({
      state: "completed",
      version: 1,
      status: 200,
      matches: 1,
      severity: "high",
      categories: ["prompt_injection"],
    });
  });

  test("is found by its names in lower case, at a bounded length", () => {
    const loud = { ...closed, origin: { ...closed.origin, model: "GPT-Loud", session: "s".repeat(5_000) } };
    expect(toExchangeRow({ ...loud, origin: { ...loud.origin, session: "S-1" } })?.search).toContain("gpt-loud");
    expect(toExchangeRow(loud)?.search).toHaveLength(2_000);
  });

  test.each([
    ["allow", false],
    ["observe", true],
    ["redact", true],
    ["block", true],
  ] as const)("with %s counts as acted on: %s", (action, expected) => {
    const row = toExchangeRow({ ...closed, verdict: { ...closed.verdict, action } });
    expect(row !== undefined && isActedOn(row)).toBe(expected);
  });
});

test.each([
  ["allow", "allow", "passed"],
  ["redact", "redact", "passed"],
  ["observe", "block", "observed"],
  ["observe", "redact", "passed"],
  ["hold", "hold", "held"],
  ["block", "block", "stopped"],
] as const)("a tool call that got %s and would get %s is kept for the registry as %s", (action, would, fate) => {
  const verdict = { ...closed.verdict, action, would };
  const state = action === "hold" || action === "block" ? "blocked" : "completed";
  const { body } = toEvent({ ...closed, state, verdict, responseVerdict: verdict }, 0, seal);
  expect(JSON.parse(String(body["uses"]))).toMatchObject([{ tool: "weather", fate }]);
});

test("what is kept of a call for the registry is what was known of it, and not what was said", () => {
  const facts = CallFacts.parse({
    server: "crm",
    effects: ["spend"],
    basis: "declared",
    pin: "none",
    scope: { declared: false, violations: [] },
    flow: {
      known: true,
      user: true,
      untrusted: false,
      classes: ["financial"],
      asked: true,
      target: "user",
      content: "none",
    },
    limits: { exceeded: [] },
    steps: { count: 1, repeats: 2, unexpected: false, forbidden: false, paused: false },
    origins: [],
    reasons: ["Somebody said so"],
  });
  const decision = { action: "allow", would: "allow" } as const;
  const call = { id: "c", name: "pay", segment: 1, facts, decision, use: { hosts: ["a.example"], amount: 3 } };
  const stopped = { ...call, decision: { action: "block", would: "block", policy: "p" } } as const;
  const kept = { tool: "pay", server: "crm", effects: ["spend"], data: ["financial"], hosts: ["a.example"], amount: 3 };
  const { body } = toEvent({ ...closed, toolCalls: [call, stopped], state: "blocked" }, 0, seal);
  expect(JSON.parse(String(body["uses"]))).toEqual([
    { ...kept, repeats: 2, fate: "stopped" },
    { ...kept, repeats: 2, fate: "stopped", policy: "p" },
  ]);
});

test("a call that a person let through was held, and teaches nobody what the agent is for", () => {
  const verdict: Verdict = { ...closed.verdict, action: "allow", would: "allow", approvals: ["a-1"] };
  const { body } = toEvent({ ...closed, state: "completed", verdict, responseVerdict: verdict }, 0, seal);
  expect(JSON.parse(String(body["uses"]))).toMatchObject([{ tool: "weather", fate: "held" }]);
});
