import type { RecordedMatch } from "@parapet/model";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { captureSegments } from "./capture.ts";
import { applyReplacements, replacementsBySegment, toReplacements } from "./redact.ts";
import { segmentOf } from "./pipeline.fixture.ts";

const spans = (length: number) =>
  fc.array(
    fc
      .tuple(fc.nat({ max: length }), fc.nat({ max: length }))
      .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) + 1, type: "T_T" })),
    { maxLength: 8 },
  );

describe("replacements", () => {
  test("cover exactly the units that some match covers, once each, in order", () => {
    fc.assert(
      fc.property(spans(40), (matches) => {
        const text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH";
        const replacements = toReplacements(matches);
        const uncovered = [...text]
          .filter((_, at) => !matches.some(({ start, end }) => at >= start && at < end))
          .join("");
        expect(applyReplacements(text, replacements).replaceAll("[REDACTED:t-t]", "")).toBe(uncovered);
        for (const [index, { start }] of replacements.entries())
          expect(start).toBeGreaterThanOrEqual(replacements[index - 1]?.end ?? 0);
      }),
    );
  });

  test.each([
    [
      "nested",
      [
        [2, 9, "OUTER"],
        [4, 6, "INNER"],
      ],
      [[2, 9, "[REDACTED:outer]"]],
    ],
    [
      "overlapping",
      [
        [4, 9, "LATER"],
        [2, 6, "FIRST"],
      ],
      [[2, 9, "[REDACTED:first]"]],
    ],
    [
      "touching",
      [
        [2, 4, "A"],
        [4, 6, "B_C"],
      ],
      [
        [2, 4, "[REDACTED:a]"],
        [4, 6, "[REDACTED:b-c]"],
      ],
    ],
    [
      "of one start",
      [
        [2, 4, "SHORT"],
        [2, 8, "LONG"],
      ],
      [[2, 8, "[REDACTED:long]"]],
    ],
  ] as const)("of %s matches", (_, matches, expected) => {
    const given = matches.map(([start, end, type]) => ({ start, end, type }));
    expect(toReplacements(given)).toEqual(expected.map(([start, end, replacement]) => ({ start, end, replacement })));
  });

  test("are grouped by segment, for the chosen matches only", () => {
    const matches = [matchOf(0, 1, 3), matchOf(4, 2, 5), matchOf(0, 6, 8)];
    expect([...replacementsBySegment(matches, [1, 2])]).toEqual([
      [4, [{ start: 2, end: 5, replacement: "[REDACTED:card]" }]],
      [0, [{ start: 6, end: 8, replacement: "[REDACTED:card]" }]],
    ]);
  });
});

const matchOf = (
  segment: number,
  start: number,
  end: number,
  category: RecordedMatch["category"] = "personal_data",
): RecordedMatch => ({
  detector: "d",
  category,
  type: "CARD",
  confidence: 1,
  severity: "high",
  segment,
  start,
  end,
  reason: "r",
  view: "original",
  provenance: "user",
  direction: "request",
});

describe("captured text", () => {
  const segments = [segmentOf("card 4111 of ignore all", "user", 0), segmentOf("nothing", "user", 1)];
  const matches = [matchOf(0, 5, 9), matchOf(0, 13, 23, "prompt_injection")];

  test.each([
    ["full", ["card 4111 of ignore all", "nothing"]],
    ["redacted", ["card [REDACTED:card] of ignore all", "nothing"]],
    ["hash", [undefined, undefined]],
  ] as const)("as %s", (capture, texts) => {
    const captured = captureSegments(segments, matches, ["d0", "d1"], capture);
    expect(captured.map(({ text }) => text)).toEqual(texts);
    expect(captured.map(({ length, digest, pointer }) => [length, digest, pointer])).toEqual([
      [23, "d0", "/messages/0/content"],
      [7, "d1", "/messages/1/content"],
    ]);
  });
});
