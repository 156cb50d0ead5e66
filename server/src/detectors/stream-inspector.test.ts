import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalogued } from "./catalogued.ts";
import { completed, defineDetector, type Detection, type InspectionContext } from "./detector.ts";
import { createInspector, type SubjectFrame } from "./engine.ts";
import { prepareText } from "./prepare.ts";
import { HOLD_UNITS_MAX } from "./stream-inspector.ts";

const context: InspectionContext = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set(),
};
const frame: SubjectFrame = { provenance: "model", direction: "response", context };

const detection = (start: number, end: number): Detection => ({
  category: "secret",
  type: "token",
  confidence: 0.9,
  severity: "high",
  start,
  end,
  reason: "test token",
  view: "original",
});

// `key_` and 3 to 40 letters, greedy: a longer stream may make the match longer.
const TOKEN = /\bkey_[a-z]{3,40}/g;
const tokens = defineDetector({
  id: "tokens",
  version: "1",
  title: "Tokens",
  description: "Tokens of a test",
  categories: ["secret"],
  contextual: false,
  literals: ["key_"],
  stream: {
    kind: "span",
    reach: 44,
    holdFrom: (window) => /(?:k|ke|key|key_[a-z]{0,40})$/.exec(window)?.index ?? window.length,
  },
  settings: z.strictObject({}),
  create:
    () =>
    ({ prepared }) =>
      completed(
        [...prepared.text.matchAll(TOKEN)].map((match) => detection(match.index, match.index + match[0].length)),
      ),
});

const endless = defineDetector({
  ...tokens,
  id: "endless",
  literals: ["<"],
  stream: {
    kind: "span",
    reach: 64,
    holdFrom: (window) => (window.includes("<") ? window.indexOf("<") : window.length),
  },
  create: () => () => completed(),
});

const passages = defineDetector({
  ...tokens,
  id: "passages",
  literals: ["now"],
  stream: { kind: "window", stride: 50, reach: 100 },
  create:
    () =>
    ({ prepared }) =>
      completed([...prepared.text.matchAll(/act now/g)].map((match) => detection(match.index, match.index + 7))),
});

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "key_",
        "key",
        "k",
        " ",
        "abc",
        "key_abc ",
        "xkey_abcd",
        "\n",
        "é",
        "😀",
        "key_abcdefghijklmnopqrstuvwxyz",
      ),
      fc.string({ maxLength: 12 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });

const pieces = (whole: string, sizes: readonly number[]): string[] => {
  const parts: string[] = [];
  for (let at = 0, index = 0; at < whole.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    parts.push(whole.slice(at, at + size));
    at += size;
  }
  return parts;
};

describe("a text that grows", () => {
  test("is found to hold the same spans however it is cut, and lets go of no unit of a span still to be reported", () => {
    const inspector = createInspector([catalogued(tokens)]);
    fc.assert(
      fc.property(text, cuts, (whole, sizes) => {
        const expected = inspector.inspect(prepareText(whole), frame)[0]?.detections ?? [];
        const stream = inspector.stream(frame);
        const found: Detection[] = [];
        let releasable = 0;
        const take = (step: ReturnType<typeof stream.feed>): void => {
          for (const { detector: _, ...one } of step.detections) {
            expect(one.start).toBeGreaterThanOrEqual(releasable);
            found.push(one);
          }
          expect(step.releasable).toBeGreaterThanOrEqual(releasable);
          releasable = step.releasable;
        };
        for (const piece of pieces(whole, sizes)) take(stream.feed(piece));
        take(stream.end());
        expect(releasable).toBe(whole.length);
        expect(found.sort((a, b) => a.start - b.start)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  test("is held back no further than the bound when a match never completes", () => {
    const stream = createInspector([catalogued(endless)]).stream(frame);
    const sent = `<${"a".repeat(2000)}`;
    for (const piece of pieces(sent, [7])) stream.feed(piece);
    expect(sent.length - stream.feed("a").releasable).toBeLessThanOrEqual(HOLD_UNITS_MAX);
  });

  test("is looked at by passage detectors across strides, each passage once", () => {
    const stream = createInspector([catalogued(passages)]).stream(frame);
    const whole = `${"x".repeat(46)} act now ${"y".repeat(200)} act now`;
    const steps = [...pieces(whole, [3]).map((piece) => stream.feed(piece)), stream.end()];
    expect(steps.flatMap(({ detections }) => detections).map(({ start }) => start)).toEqual([47, 256]);
  });

  test("reports a detector that throws as failed", () => {
    const broken = defineDetector({
      ...tokens,
      id: "broken",
      create: () => () => {
        throw new TypeError("secret text");
      },
    });
    const stream = createInspector([catalogued(broken)]).stream(frame);
    stream.feed("key_abcdef ");
    stream.end();
    expect(stream.outcomes()).toEqual([
      { detector: "broken", version: "1", outcome: "failed", reason: "the detector stopped with TypeError" },
    ]);
  });
});
