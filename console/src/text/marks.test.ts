import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markRuns } from "./marks.ts";

const span = (number: number, start: number, end: number) => ({ number, start, end });
const drawn = (
  text: string,
  ...spans: readonly ReturnType<typeof span>[]
): readonly (readonly [string, readonly number[]])[] =>
  markRuns(text, spans).map((run) => [text.slice(run.start, run.end), run.covered]);

describe("spans cut the text into runs", () => {
  test("a text without spans is one run", () => {
    expect(drawn("hello")).toEqual([["hello", []]]);
  });
  test("overlapping spans share the run between them", () => {
    expect(drawn("abcdef", span(1, 0, 4), span(2, 2, 6))).toEqual([
      ["ab", [1]],
      ["cd", [1, 2]],
      ["ef", [2]],
    ]);
  });
  test("a nested span leaves the outer one on both sides", () => {
    expect(drawn("abcdef", span(1, 0, 6), span(2, 2, 4))).toEqual([
      ["ab", [1]],
      ["cd", [1, 2]],
      ["ef", [1]],
    ]);
  });
  test("equal spans both open at the same run", () => {
    expect(markRuns("abc", [span(1, 1, 2), span(2, 1, 2)]).map((run) => run.opens)).toEqual([[], [1, 2], []]);
  });
  test("a span beyond the end is cut to the text, an empty one is left out", () => {
    expect(drawn("abc", span(1, 2, 99), span(2, 1, 1))).toEqual([
      ["ab", []],
      ["c", [1]],
    ]);
  });
  test("a boundary inside a surrogate pair takes the whole character in", () => {
    expect(drawn("a😀b", span(1, 2, 4))).toEqual([
      ["a", []],
      ["😀b", [1]],
    ]);
    expect(drawn("a😀b", span(1, 0, 2))).toEqual([
      ["a😀", [1]],
      ["b", []],
    ]);
  });
});

test("runs always cover the whole text once, in order", () => {
  const spans = fc.array(
    fc.record({ number: fc.nat(9), start: fc.integer({ min: -5, max: 40 }), end: fc.integer({ min: -5, max: 40 }) }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 30 }), spans, (text, marked) => {
      const runs = markRuns(text, marked);
      expect(runs.map((run) => text.slice(run.start, run.end)).join("")).toBe(text);
    }),
  );
});
