import type { Match } from "@parapet/model";
import { expect, test } from "vitest";
import { captureOutline, captureSegments } from "./capture.ts";
import { segmentOf } from "./pipeline.fixture.ts";

// Finishing inside the test's time is the point: comparing each text with each match takes minutes here.
test("a body of a hundred thousand texts, each with a match, is captured in one go", () => {
  const segments = Array.from({ length: 100_000 }, (_, index) => segmentOf(`to ${index}@b.example`, "user", index));
  const matches = segments.map(({ index, text }): Match => ({
    detector: "personal-data",
    category: "personal_data",
    type: "EMAIL_ADDRESS",
    confidence: 0.9,
    severity: "medium",
    segment: index,
    start: 3,
    end: text.length,
    reason: "of a test",
    view: "original",
  }));
  const captured = captureSegments(segments, matches, [], "redacted");
  expect(captured.filter(({ text }) => text !== "to [REDACTED:email-address]")).toEqual([]);
});

test.each([
  ["full", 1],
  ["redacted", 1],
  ["hash", 0],
] as const)("with capture: %s, %d outlines of a body are kept", (capture, kept) => {
  const outline = { members: [["/model", "gpt-5"] satisfies [string, string]], cut: false };
  expect(captureOutline(outline, "request", capture)).toHaveLength(kept);
  expect(captureOutline(undefined, "request", capture)).toEqual([]);
});
