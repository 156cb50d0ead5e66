import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { loadRules, thresholdsOf, type CorrelationHit, type RuleSet } from "./index.ts";

const BASE = `
title: Failed sign-in
name: failed
logsource: {product: okta, service: okta}
detection:
  s: {outcome: failure}
  condition: s
---
title: Sign-in
name: signed-in
logsource: {product: okta, service: okta}
detection:
  s: {outcome: success}
  condition: s
`;

const load = (correlation: string): RuleSet => {
  const { set, diagnostics } = loadRules([{ path: "t.yml", text: `${BASE}---\n${correlation}` }]);
  expect(diagnostics).toEqual([]);
  return set;
};
const over = (body: string): string =>
  `title: C\nname: c\ncorrelation:\n  rules: [failed]\n  timespan: 10m\n${body.replaceAll(/^/gm, "  ")}\n`;

/** `f 3 user:a n=5`: rule, minute, group, value. */
const hit = (text: string, index = 0): CorrelationHit => {
  const [rule, minute, user = "", n = ""] = text.split(" ");
  return {
    rule: rule === "f" ? "failed" : "signed-in",
    timeMs: Number(minute) * 60_000,
    event: String(index).padStart(3, "0"),
    exchange: "",
    fields: { user, account: user, n },
  };
};
const fires = (set: RuleSet, key: string, hits: readonly string[], untilMinute = 10_000): readonly string[] => {
  const correlation = set.correlations.find((each) => each.key === key);
  if (correlation === undefined) throw new Error("no correlation");
  const episodes = set.correlate(
    correlation,
    hits.map((text, index) => hit(text, index)),
    untilMinute * 60_000,
  );
  return episodes.map(
    ({ group, startMs, endMs, value }) =>
      `${Object.values(group).join("+")} ${startMs / 60_000}-${endMs / 60_000} ${value}`,
  );
};

describe("a correlation", () => {
  const count = "type: event_count\ngroup-by: [user]\ncondition: {gte: 3}";
  test.each<[string, string, readonly string[], readonly string[]]>([
    ["counts within its time", count, ["f 0 a", "f 5 a", "f 10 a"], ["a 0-10 3"]],
    ["lets go of what is older", count, ["f 0 a", "f 5 a", "f 11 a"], []],
    ["keeps groups apart", count, ["f 0 a", "f 1 b", "f 2 a", "f 3 b"], []],
    ["does not count who is missing", count, ["f 0", "f 1", "f 2"], []],
    ["does not need order", count, ["f 10 a", "f 0 a", "f 5 a"], ["a 0-10 3"]],
    ["is one stretch while it goes on", count, ["f 0 a", "f 1 a", "f 2 a", "f 9 a", "f 11 a"], ["a 0-11 4"]],
    [
      "begins again after a pause",
      count,
      ["f 0 a", "f 1 a", "f 2 a", "f 30 a", "f 31 a", "f 32 a"],
      ["a 0-2 3", "a 30-32 3"],
    ],
    ["does not look at other rules", count, ["s 0 a", "s 1 a", "s 2 a"], []],
    ["without group-by takes all together", "type: event_count\ncondition: {gt: 1}", ["f 0 a", "f 1 b"], [" 0-1 2"]],
    [
      "counts different values",
      "type: value_count\ngroup-by: user\ncondition: {field: n, gte: 2}",
      ["f 0 a x", "f 1 a x", "f 2 a y", "f 3 a"],
      ["a 0-3 2"],
    ],
    [
      "counts each value of a list, and none twice",
      "type: value_count\ngroup-by: user\ncondition: {field: n, gte: 4}",
      ["f 0 a x\u001fy", "f 1 a y\u001fz", "f 2 a w"],
      ["a 0-2 4"],
    ],
    [
      "lets go of the values of a list that is older",
      "type: value_count\ngroup-by: user\ncondition: {field: n, gte: 4}",
      ["f 0 a x\u001fy", "f 9 a y\u001fz", "f 11 a w"],
      [],
    ],
    [
      "adds up",
      "type: value_sum\ngroup-by: user\ncondition: {field: n, gt: 10}",
      ["f 0 a 5", "f 1 a 6", "f 2 a much", "f 30 a 9"],
      ["a 0-2 11"],
    ],
    ["averages", "type: value_avg\ngroup-by: user\ncondition: {field: n, gte: 6}", ["f 0 a 5", "f 1 a 7"], ["a 0-1 6"]],
    [
      "finds the median",
      "type: value_median\ngroup-by: user\ncondition: {field: n, gte: 6}",
      ["f 0 a 5", "f 1 a 7", "f 2 a 6"],
      ["a 0-2 6"],
    ],
    [
      "finds a percentile",
      "type: value_percentile\ngroup-by: user\ncondition: {field: n, gte: 9, percentile: 90}",
      ["f 0 a 1", "f 1 a 2", "f 2 a 9"],
      ["a 0-2 9"],
    ],
    [
      "judges a range when the time is over",
      "type: event_count\ngroup-by: user\ncondition: {gte: 2, lt: 4}",
      ["f 0 a", "f 1 a", "f 20 a", "f 21 a", "f 22 a", "f 23 a"],
      ["a 0-1 2"],
    ],
    ["finds few", "type: event_count\ngroup-by: user\ncondition: {lt: 2}", ["f 0 a", "f 1 a", "f 20 a"], ["a 20-20 1"]],
  ])("%s", (_, body, hits, expected) => {
    expect(fires(load(over(body)), "c", hits)).toEqual(expected);
  });

  test("with an upper bound waits for the end of its time", () => {
    const set = load(over("type: event_count\ngroup-by: user\ncondition: {lt: 2}"));
    expect(fires(set, "c", ["f 0 a"], 9)).toEqual([]);
    expect(fires(set, "c", ["f 0 a"], 11)).toEqual(["a 0-0 1"]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ["temporal", ["s 0 a", "f 1 a"], ["a 0-1 2"]],
    ["temporal", ["f 0 a", "f 1 a"], []],
    ["temporal", ["f 0 a", "s 1 b"], []],
    ["temporal", ["f 0 a", "s 11 a"], []],
    ["temporal_ordered", ["f 0 a", "s 1 a"], ["a 0-1 2"]],
    ["temporal_ordered", ["s 0 a", "f 1 a"], []],
    ["temporal_ordered", ["f 0 a", "f 8 a", "s 15 a"], ["a 8-15 2"]],
  ])("%s over %j fires for %j, with another name for the group in one rule", (type, hits, expected) => {
    const text = `title: C\nname: c\ncorrelation:\n  type: ${type}\n  rules: [failed, signed-in]\n  group-by: [who]\n  timespan: 10m\n  aliases:\n    who: {failed: user, signed-in: account}\n`;
    expect(fires(load(text), "c", hits)).toEqual(expected);
  });

  test("may stand on another one", () => {
    const text = `${over("type: event_count\ngroup-by: [user]\ncondition: {gte: 2}")}---
title: D
name: d
correlation: {type: temporal_ordered, rules: [c, signed-in], group-by: [user], timespan: 5m}
`;
    const set = load(text);
    expect(fires(set, "d", ["f 0 a", "f 9 a", "s 12 a"])).toEqual(["a 9-12 2"]);
    expect(fires(set, "d", ["f 0 a", "s 2 a"])).toEqual([]);
    const [, d] = set.correlations;
    expect(d && set.reachOf(d)).toEqual({ rules: ["failed", "signed-in"], lookbackMs: 900_000 });
  });

  test("keeps the values of a list apart where they are counted, and joined where they are a group", () => {
    const set = load(over("type: value_count\ngroup-by: who\ncondition: {field: documents, gte: 2}"));
    const fields = (documents: unknown) =>
      set.hitFields("failed", { source: "okta", body: { outcome: "failure", documents, who: ["a", "b"] } });
    expect(fields(["d2", "d1", "d2"])).toEqual({ who: "a, b", documents: "d1\u001fd2" });
    expect(fields("d1")).toMatchObject({ documents: "d1" });
    const many = fields(Array.from({ length: 3_000 }, (_, at) => `document-${String(at)}`))["documents"] ?? "";
    expect(many.length).toBeLessThanOrEqual(4_000);
    expect(many.split("\u001f").every((name) => /^document-\d+$/.test(name))).toBe(true);
  });

  test("takes the findings of its rules upon itself, unless it generates", () => {
    expect(load(over(count)).reports("failed")).toBe(false);
    expect(load(over(`${count}\ngenerate: true`)).reports("failed")).toBe(true);
    expect(load(over(count)).reports("signed-in")).toBe(true);
  });

  test("fires no more and no less than counting every window says", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (minutes, least) => {
        const set = load(over(`type: event_count\ngroup-by: user\ncondition: {gte: ${least}}`));
        const plain = minutes.some((end) => minutes.filter((each) => each <= end && each >= end - 10).length >= least);
        expect(
          fires(
            set,
            "c",
            minutes.map((minute) => `f ${minute} a`),
          ).length > 0,
        ).toBe(plain);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a correlation's own tests", () => {
  const tests = (groups: string): string => `${over("type: event_count\ngroup-by: [user]\ncondition: {gte: 2}")}tests:
  - name: two
    events:
      - {time: "2026-11-21T10:00:00Z", outcome: failure, user: a}
      - {time: "2026-11-21T10:01:00Z", outcome: failure, user: a}
      - {time: "2026-11-21T10:01:00Z", outcome: success, user: a}
    groups: ${groups}
`;
  test("say which groups fire", () => {
    expect(load(tests("[{user: a}]")).test()).toMatchObject([{ rule: "c", name: "two", passed: true, actual: true }]);
    expect(load(tests("[]")).test()).toMatchObject([{ passed: false, groups: [{ user: "a" }] }]);
  });
});

describe("what cannot be a correlation names the line and the fix", () => {
  test.each<[string, string, number, RegExp]>([
    [
      "a rule that is not there",
      over("type: event_count\ncondition: {gte: 1}").replace("[failed]", "[faild]"),
      16,
      /Did you mean failed/,
    ],
    ["over itself", over("type: event_count\ncondition: {gte: 1}").replace("[failed]", "[c]"), 16, /Take one/],
    ["no condition", over("type: event_count"), 19, /gte: 5/],
    ["no field", over("type: value_sum\ncondition: {gte: 1}"), 22, /field: NAME/],
    ["no percentile", over("type: value_percentile\ncondition: {gte: 1, field: n}"), 22, /percentile: 95/],
    ["an unknown type", over("type: event_sum\ncondition: {gte: 1}"), 21, /event_count/],
    ["a timespan that is none", over("type: event_count\ncondition: {gte: 1}").replace("10m", "10x"), 20, /10m/],
  ])("%s", (_, text, line, fix) => {
    const { diagnostics, set } = loadRules([{ path: "t.yml", text: `${BASE}---\n${text}` }]);
    const found = diagnostics.find(({ level }) => level === "error");
    expect(found, JSON.stringify(diagnostics)).toMatchObject({ file: "t.yml", line });
    expect(found?.fix).toMatch(fix);
    expect(set.correlations).toEqual([]);
    expect(set.rules.length).toBe(2);
  });
});

describe("what is new to a group that is known", () => {
  const load = (body: string): RuleSet => {
    const { set, diagnostics } = loadRules([
      { path: "t.yml", text: `${BASE}---\n${over(body)}parapet:\n  new: {unseen-for: 60m, known-for: 20m}\n` },
    ]);
    expect(diagnostics).toEqual([]);
    return set;
  };
  const values = "type: value_count\ngroup-by: [user]\ncondition: {field: n, gte: 1}";
  const first = "type: event_count\nrules: [signed-in, failed]\ngroup-by: [user]\ncondition: {gte: 1}";
  const base = over("").replace("rules: [failed]", "");
  test.each<[string, string, readonly string[], readonly string[]]>([
    ["is a value that it did not have", values, ["f 0 a 1", "f 30 a 1", "f 40 a 2"], ["a 40-40 1"]],
    ["is not what it had", values, ["f 0 a 1", "f 1 a 2", "f 30 a 2", "f 40 a 1"], []],
    ["is nothing while the group itself is new", values, ["f 0 a 1", "f 10 a 2"], []],
    ["is a value that was long not seen", values, ["f 0 a 1", "f 30 a 2", "f 95 a 2"], ["a 30-30 1", "a 95-95 1"]],
    ["is not a value of another group", values, ["f 0 a 1", "f 0 b 2", "f 30 a 1", "f 30 b 2"], []],
  ])("%s", (_, body, hits, expected) => {
    expect(fires(load(body), "c", hits)).toEqual(expected);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ["is what it never did, however much else it did", ["s 0 a", "s 10 a", "f 30 a"], ["a 30-30 1"]],
    ["is not what it also did before", ["s 0 a", "f 10 a", "f 30 a"], []],
    ["is not what others do that came along", ["s 0 a", "s 30 a"], []],
  ])("of the last rule %s", (_, hits, expected) => {
    const text = `${BASE}---\n${base}  ${first.replaceAll("\n", "\n  ")}\nparapet:\n  new: {unseen-for: 60m, known-for: 20m}\n`;
    const { set, diagnostics } = loadRules([{ path: "t.yml", text }]);
    expect(diagnostics).toEqual([]);
    expect(fires(set, "c", hits)).toEqual(expected);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ["counts where the other was not before", ["f 30 a"], ["a 30-30 1"]],
    ["does not where it was", ["s 10 a", "f 30 a"], []],
    ["counts where it was too long ago, or of another group", ["s 0 a", "s 99 b", "f 99 a"], ["a 99-99 1"]],
    ["is no matter of what comes after", ["f 30 a", "s 31 a"], ["a 30-30 1"]],
  ])("without the other before, %s", (_, hits, expected) => {
    const text = `${BASE}---\n${base}  ${first.replaceAll("\n", "\n  ")}\nparapet:\n  without-before: 60m\n`;
    const { set, diagnostics } = loadRules([{ path: "t.yml", text }]);
    expect(diagnostics).toEqual([]);
    expect(fires(set, "c", hits)).toEqual(expected);
  });

  test("is not judged where the hits before it are not all there", () => {
    const set = load(values);
    const [correlation] = set.correlations;
    if (correlation === undefined) throw new Error("no correlation");
    const hits = ["f 0 a 1", "f 40 a 2", "f 70 a 3"].map((text, index) => hit(text, index));
    const ends = set.correlate(correlation, hits, 100 * 60_000, 5 * 60_000).map(({ endMs }) => endMs / 60_000);
    expect(ends).toEqual([70]);
    expect(set.reachOf(correlation).lookbackMs).toBe(70 * 60_000);
  });

  test("cannot be asked of an order", () => {
    const text = `${BASE}---\n${over("type: temporal")}parapet:\n  new: {unseen-for: 60m, known-for: 20m}\n`;
    expect(loadRules([{ path: "t.yml", text }]).diagnostics[0]?.message).toBe("temporal cannot ask what was before");
  });
});

describe("other thresholds", () => {
  const tried = (body: string, hits: readonly string[]) => {
    const set = load(over(body));
    const [correlation] = set.correlations;
    if (correlation === undefined) throw new Error("no correlation");
    const all = hits.map((text, index) => hit(text, index));
    const found = thresholdsOf(set, correlation, all, 10_000 * 60_000);
    return found?.map((one) => {
      const marks = `${one.isInForce ? "!" : ""}${one.isQuiet ? "?" : ""}`;
      return `${one.value} ${one.fired}/${one.groups}${marks}`;
    });
  };
  const HITS = ["f 0 a", "f 1 a", "f 2 a", "f 60 a", "f 61 a", "f 0 b", "f 1 b"];

  test("say how often, and for how many, each would have held, and which is the lowest that would not", () => {
    expect(tried("type: event_count\ngroup-by: user\ncondition: {gte: 2}", HITS)).toEqual([
      "1 3/2",
      "2 3/2!",
      "3 1/1",
      "4 0/0?",
      "6 0/0",
      "10 0/0",
    ]);
    expect(tried("type: event_count\ngroup-by: user\ncondition: {gt: 2}", HITS)).toContain("3 0/0?");
    expect(tried("type: event_count\ngroup-by: user\ncondition: {gte: 2}", [])?.some((one) => one.includes("?"))).toBe(
      false,
    );
  });

  test.each([
    "type: event_count\ncondition: {gte: 2, lte: 5}",
    "type: event_count\ncondition: {lt: 2}",
    "type: temporal\ngroup-by: user",
  ])("are none of one number where the condition is %j", (body) => {
    expect(tried(body, HITS)).toBeUndefined();
  });
});
