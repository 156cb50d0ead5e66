import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate-injection.ts";
import { evaluateSpans } from "./evaluate-spans.ts";
import { areaUnderCurve, figuresAt, recallAtFpr } from "./figures.ts";
import { readLabelled } from "./read-labelled.ts";

const nowMs = (): number => 0;

const read = (rows: readonly unknown[]) => {
  const { lines, problems } = readLabelled(rows.map((row) => JSON.stringify(row)).join("\n"));
  expect(problems).toEqual([]);
  return lines;
};

describe("figures", () => {
  test.each([
    { name: "every attack above every benign text", attacks: [0.9, 0.8], benign: [0.1, 0.2], auc: 1 },
    { name: "every attack below", attacks: [0.1], benign: [0.5, 0.6], auc: 0 },
    { name: "all the same", attacks: [0.3, 0.3], benign: [0.3], auc: 0.5 },
    { name: "one of two pairs right", attacks: [0.5], benign: [0.4, 0.6], auc: 0.5 },
  ])("the area under the curve with $name is $auc", ({ attacks, benign, auc }) => {
    expect(areaUnderCurve(attacks, benign)).toBe(auc);
  });

  test("the area under the curve is the share of pairs in the right order", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, scores, (attacks, benign) => {
        let right = 0;
        for (const a of attacks) for (const b of benign) right += a > b ? 1 : a === b ? 0.5 : 0;
        expect(areaUnderCurve(attacks, benign)).toBeCloseTo(right / (attacks.length * benign.length), 10);
      }),
    );
  });

  test("recall at a false positive rate never flags more benign texts than that", () => {
    const benign = Array.from({ length: 100 }, (_, index) => index / 100);
    expect(recallAtFpr([0.995, 0.985, 0.5], benign, 0.01)).toBe(2 / 3);
    expect(recallAtFpr([0.995, 0.985, 0.5], benign, 0.001)).toBe(1 / 3);
  });

  test("nothing flagged is full precision and no recall", () => {
    expect(figuresAt([0.1], [0.1], 0.5)).toEqual({ recall: 0, fpr: 0, precision: 1 });
  });
});

describe("reading labelled lines", () => {
  test("a line out of form is named by its number and the others are read", () => {
    const { lines, problems } = readLabelled(
      '{"id":1,"text":"a","label":"benign"}\n\nnot json\n{"id":"b","label":"attack"}\n',
    );
    expect(lines.map(({ id }) => id)).toEqual(["1"]);
    expect(problems.map(({ line }) => line)).toEqual([3, 4]);
  });

  test("channels and roles become provenances", () => {
    const lines = read([
      { id: "a", text: "x", label: "attack", channel: "tool_output" },
      {
        id: "b",
        turns: [
          { role: "user", text: "x" },
          { role: "assistant", text: "y" },
        ],
        label: "benign",
      },
    ]);
    expect(lines.map(({ texts }) => texts.map(({ provenance }) => provenance))).toEqual([
      ["tool-result"],
      ["user", "model"],
    ]);
  });
});

describe("evaluating injection", () => {
  const lines = read([
    { id: "a", text: "90", label: "attack", kind: "direct", lang: "en", source: "s", label_strength: "clear" },
    { id: "b", text: "60", label: "attack", kind: "direct", lang: "de", source: "s", label_strength: "context" },
    { id: "c", text: "10", label: "benign", kind: "mail", lang: "en", source: "s" },
    {
      id: "d",
      turns: [
        { role: "user", text: "5" },
        { role: "user", text: "55" },
      ],
      label: "benign",
      kind: "mail",
    },
  ]);
  const inspectText = (text: string) => [
    { category: "prompt_injection", confidence: Number(text) / 100 } as const,
    { category: "secret", confidence: 1 } as const,
  ];
  const { report, scores } = evaluate({ lines, inspectText, thresholds: { report: 0.5, block: 0.85 }, nowMs });

  test("a text is scored by injection and jailbreak alone, a dialogue by its highest turn", () => {
    expect(scores).toEqual([
      { id: "a", score: 0.9 },
      { id: "b", score: 0.6 },
      { id: "c", score: 0.1 },
      { id: "d", score: 0.55 },
    ]);
  });

  test("the thresholds are applied to the scores", () => {
    expect(report.atDefault).toEqual({ recall: 1, fpr: 0.5, precision: 2 / 3 });
    expect(report.atBlock).toEqual({ recall: 0.5, fpr: 0, precision: 1 });
  });

  test("groups count what they hold and what is flagged", () => {
    expect(report.byKind).toEqual({ direct: { n: 2, flagged: 2 }, mail: { n: 2, flagged: 1 } });
    expect(report.byStrength).toEqual({ clear: { n: 1, flagged: 1 }, context: { n: 1, flagged: 1 } });
    expect(report.bySource).toEqual({ "s/attack": { n: 2, flagged: 2 }, "s/benign": { n: 1, flagged: 0 } });
  });
});

describe("evaluating spans", () => {
  test("labels count code points, matches UTF-16 units", () => {
    const lines = read([{ id: "a", text: "😀 Ada", label: "benign", spans: [{ start: 2, end: 5, type: "PERSON" }] }]);
    const inspectText = () => [{ category: "personal_data", type: "person", start: 3, end: 6 } as const];
    const report = evaluateSpans({ task: "pii", lines, inspectText, nowMs });
    expect(report.overall).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(report.byType).toEqual({ PERSON: { n: 1, located: 1, precision: 1, recall: 1, f1: 1 } });
  });

  test("a place found under another type is located and not found", () => {
    const lines = read([{ id: "a", text: "Ada", label: "benign", spans: [{ start: 0, end: 3, type: "PERSON" }] }]);
    const inspectText = () => [{ category: "personal_data", type: "city", start: 0, end: 3 } as const];
    const { overall, byType } = evaluateSpans({ task: "pii", lines, inspectText, nowMs });
    expect(overall.recall).toBe(1);
    expect(byType["PERSON"]).toMatchObject({ located: 1, recall: 0 });
  });

  test("look-alikes that are flagged are counted", () => {
    const lines = read([{ id: "a", text: "AKIAEXAMPLE", label: "benign", negative: true, spans: [] }]);
    const inspectText = () => [{ category: "secret", type: "aws", start: 0, end: 11 } as const];
    expect(evaluateSpans({ task: "secret", lines, inspectText, nowMs }).lookAlikes).toEqual({
      n: 1,
      flagged: 1,
      fpr: 1,
    });
  });
});
