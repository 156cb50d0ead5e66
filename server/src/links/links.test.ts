import { EventId, LinkRule, TenantId, type Event, type Link } from "@parapet/model";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLinkFinder, createLinkGraph, LINK_RULES, nameAgent, precedingOf } from "./index.ts";

const event = (more: Partial<Event>, seconds = 0): Event => ({
  tenant: TenantId.parse("default"),
  id: EventId.parse(`01932b00-0000-7000-8000-${String(seconds).padStart(12, "0")}`),
  time: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString(),
  receivedAt: "2026-01-01T00:00:00.000Z",
  source: "otlp",
  kind: "gen_ai.chat",
  schemaVersion: 1,
  severity: "informational",
  body: {},
  ...more,
});
const POD = { namespace: "agents", pod: "billing-7d9f6c5b4-x2x8k" };
const find = createLinkFinder(LINK_RULES);
const pairs = (of: Event): string[] => find(of).map(({ rule, one, other }) => `${rule}: ${one} ${other}`);

describe("links that ship", () => {
  test("each have a name of their own", () => {
    expect(new Set(LINK_RULES.map(({ id }) => id)).size).toBe(LINK_RULES.length);
  });

  test.each<[string, Event, string[]]>([
    [
      "an agent's telemetry",
      event({ agent: "billing", principal: "service:agents/billing-sa", body: { ...POD, workload: "agents/billing" } }),
      [
        "account-in-pod: pod:agents/billing-7d9f6c5b4-x2x8k service:agents/billing-sa",
        "agent-as-principal: agent:billing service:agents/billing-sa",
        "agent-in-pod: agent:billing pod:agents/billing-7d9f6c5b4-x2x8k",
        "agent-in-workload: agent:billing workload:agents/billing",
        "pod-of-workload-by-name: pod:agents/billing-7d9f6c5b4-x2x8k workload:agents/billing",
        "pod-of-workload: pod:agents/billing-7d9f6c5b4-x2x8k workload:agents/billing",
      ],
    ],
    ["an event that names one thing only", event({ agent: "billing" }), []],
    [
      "a pod that is made",
      event({
        source: "kubernetes-audit",
        kind: "api.request",
        body: {
          verb: "create",
          objectRef: { resource: "pods", namespace: "ml", name: "trainer-0" },
          requestObject: { spec: { serviceAccountName: "trainer" } },
        },
      }),
      ["pod-as-account: pod:ml/trainer-0 service:ml/trainer"],
    ],
    [
      "a pod that is deleted",
      event({
        source: "kubernetes-audit",
        body: {
          verb: "delete",
          objectRef: { resource: "pods", namespace: "ml", name: "trainer-0" },
          requestObject: { spec: { serviceAccountName: "trainer" } },
        },
      }),
      [],
    ],
    [
      "an account of the cluster that takes a role of the cloud",
      event({
        source: "cloudtrail",
        kind: "api.call",
        body: {
          eventName: "AssumeRoleWithWebIdentity",
          userIdentity: { userName: "system:serviceaccount:ml:trainer" },
          requestParameters: { roleArn: "arn:aws:iam::1:role/reader" },
        },
      }),
      ["account-takes-role: service:arn:aws:iam::1:role/reader service:ml/trainer"],
    ],
    [
      "the gateway's own",
      event({ source: "gateway", agent: "billing", principal: "key:k1", body: { key: "k1", address: "10.0.0.7" } }),
      [
        "agent-as-principal: agent:billing key:k1",
        "agent-at-address: address:10.0.0.7 agent:billing",
        "agent-with-key: agent:billing key:k1",
        "key-at-address: address:10.0.0.7 key:k1",
      ],
    ],
  ])("%s", (_, given, expected) => {
    expect(pairs(given).toSorted((left, right) => left.localeCompare(right))).toEqual(
      expected.toSorted((left, right) => left.localeCompare(right)),
    );
  });

  test.each([
    ["billing-7d9f6c5b4-x2x8k", "workload:n/billing"],
    ["worker-0", "workload:n/worker"],
    ["agent-x2x8k", "workload:n/agent"],
    ["front-end", undefined],
    ["billing", undefined],
  ])("pod %s is of %s", (pod, expected) => {
    expect(find(event({ body: { namespace: "n", pod } }))[0]?.other).toBe(expected);
  });
});

const link = (one: string, other: string, confidence: number, rule = "r", time = "2026-01-01T00:00:00.000Z"): Link => ({
  one,
  other,
  rule,
  confidence,
  firstSeen: time,
  lastSeen: time,
});

describe("the graph of links", () => {
  test("a way is as sure as its weakest link, and the surest way counts", () => {
    const graph = createLinkGraph([
      link("a", "b", 0.9),
      link("b", "c", 0.6),
      link("a", "x", 0.95),
      link("x", "c", 0.8),
      link("c", "d", 1),
      link("d", "e", 1),
    ]);
    expect(graph.related("a", 0).map(({ name, confidence, via }) => [name, confidence, via.length])).toEqual([
      ["x", 0.95, 1],
      ["b", 0.9, 1],
      ["c", 0.8, 2],
      ["d", 0.8, 3],
    ]);
    expect(graph.related("a", 0.85).map(({ name }) => name)).toEqual(["x", "b"]);
    expect(graph.related("nobody", 0)).toEqual([]);
  });

  test("names that belong to many lead nowhere", () => {
    const crowd = Array.from({ length: 40 }, (_, index) => link("address:proxy", `user:${index}`, 0.9));
    const graph = createLinkGraph([...crowd, link("address:proxy", "agent:billing", 0.9)]);
    expect(graph.related("agent:billing", 0).map(({ name }) => name)).toEqual(["address:proxy"]);
    expect(graph.related("address:proxy", 0)).toHaveLength(41);
  });

  test("what is new or was not seen for long is worth storing", () => {
    const graph = createLinkGraph([]);
    expect(graph.learn(link("a", "b", 0.9), 60_000)).toBe(true);
    expect(graph.learn(link("a", "b", 0.9, "r", "2026-01-01T00:00:59.000Z"), 60_000)).toBe(false);
    expect(graph.learn(link("a", "b", 0.9, "r", "2026-01-01T00:02:00.000Z"), 60_000)).toBe(true);
    expect(graph.related("a", 0)[0]?.via[0]).toMatchObject({ firstSeen: "2026-01-01T00:00:00.000Z" });
  });

  test("it never holds more than it may, and the link seen longest ago gives way", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 200 }), (all) => {
        const graph = createLinkGraph([], 10);
        for (const [one, other] of all) graph.learn(link(`a${one}`, `b${other}`, 0.9), -1);
        expect(graph.size()).toBeLessThanOrEqual(10);
        const [last] = all.slice(-1);
        if (last !== undefined)
          expect(graph.related(`a${last[0]}`, 0).map(({ name }) => name)).toContain(`b${last[1]}`);
      }),
    );
  });
});

describe("naming the agent of an event that knows of none", () => {
  const known = [
    link("agent:billing", "pod:agents/billing-7d9f6c5b4-x2x8k", 0.95, "agent-in-pod"),
    link("pod:agents/billing-7d9f6c5b4-x2x8k", "workload:agents/billing", 0.75, "pod-of-workload-by-name"),
  ];
  const shell = event({ source: "falco", kind: "runtime.rule", body: POD });

  test("the only agent in the pod is named, with how that is known", () => {
    const named = nameAgent(shell, createLinkGraph(known));
    expect(named.agent).toBe("billing");
    expect(named.body["joins"]).toEqual([
      { field: "agent", from: "pod:agents/billing-7d9f6c5b4-x2x8k", confidence: 0.95, rules: ["agent-in-pod"] },
    ]);
  });

  test.each<[string, Event, Link[]]>([
    ["two agents in one pod", shell, [...known, link("agent:other", "pod:agents/billing-7d9f6c5b4-x2x8k", 0.95)]],
    ["an unsure link", shell, [link("agent:billing", "pod:agents/billing-7d9f6c5b4-x2x8k", 0.6)]],
    ["another pod", event({ body: { namespace: "agents", pod: "other" } }), known],
    ["an exchange", { ...shell, source: "gateway" }, known],
    ["nobody in particular", event({ principal: "anonymous" }), [link("agent:billing", "anonymous", 1)]],
  ])("%s: nobody is named", (_, given, links) => {
    expect(nameAgent(given, createLinkGraph(links)).agent).toBeUndefined();
  });

  test("an agent that the event names itself stays", () => {
    expect(nameAgent({ ...shell, agent: "own" }, createLinkGraph(known)).agent).toBe("own");
  });
});

describe("what preceded an event", () => {
  const graph = createLinkGraph([link("agent:billing", "pod:agents/billing-7d9f6c5b4-x2x8k", 0.95, "agent-in-pod")]);
  const shell = event({ source: "falco", kind: "runtime.rule", trace: "t1", body: POD }, 100);
  const related = graph.related("pod:agents/billing-7d9f6c5b4-x2x8k", 0.3);
  const before = (...candidates: readonly Event[]) =>
    precedingOf(shell, candidates, related, 60_000).map(({ event: { id }, confidence, why }) => [
      Number(id.slice(-12)),
      Math.round(confidence * 100) / 100,
      why,
    ]);

  test("is found by trace, pod and agent, surest first", () => {
    const exchange = { source: "gateway", kind: "exchange.closed" };
    expect(
      before(
        event({ ...exchange, agent: "billing" }, 70),
        event({ ...exchange, trace: "t1" }, 50),
        event({ kind: "gen_ai.execute_tool", body: POD }, 99),
      ),
    ).toEqual([
      [50, 0.99, "the same trace"],
      [99, 0.94, "the same pod:agents/billing-7d9f6c5b4-x2x8k"],
      [70, 0.71, "agent:billing, by agent-in-pod"],
    ]);
  });

  test("is nothing that came later, too long before, or belongs to others", () => {
    expect(
      before(
        event({ agent: "billing" }, 101),
        event({ agent: "billing" }, 39),
        event({ agent: "other", principal: "anonymous" }, 99),
        shell,
      ),
    ).toEqual([]);
  });
});

test.each([
  ["agent:{bot|shout}", "filters"],
  ["agent:bot", "no {field}"],
])("an operator's rule with the name %s is refused", (one, why) => {
  const read = LinkRule.safeParse({ id: "own", source: "json", one, other: "host:{machine}", confidence: 0.8 });
  expect(read.error?.issues[0]?.message).toContain(why);
});

test("an operator's rule has the form of those that ship", () => {
  const own = LinkRule.parse({
    id: "own",
    source: "json",
    one: "agent:{bot}",
    other: "host:{machine}",
    confidence: 0.8,
  });
  expect(createLinkFinder([own])(event({ source: "json", body: { bot: "b", machine: "m" } }))).toHaveLength(1);
});
