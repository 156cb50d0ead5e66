import type { CapturedSegment } from "@parapet/model";
import { expect, test } from "vitest";
import { readingOrder } from "./reading-order.ts";

const segments = (size: number): readonly CapturedSegment[] =>
  Array.from({ length: size }, (_, index) => ({
    index,
    direction: "request",
    pointer: "",
    role: "user",
    provenance: "user",
    length: 1,
    digest: "",
  }));
const shape = (size: number, remarkable: readonly number[]): readonly string[] =>
  readingOrder(segments(size), new Set(remarkable)).map((item) =>
    item.kind === "segment" ? String(item.segment.index) : `${item.segments.length} folded`,
  );

test.each([
  ["a short exchange is shown whole", 5, [], ["0", "1", "2", "3", "4"]],
  ["a long one keeps its last two parts", 9, [], ["7 folded", "7", "8"]],
  ["parts with matches stay where they are", 12, [5], ["5 folded", "5", "4 folded", "10", "11"]],
  ["short stretches are not worth folding", 6, [2], ["0", "1", "2", "3", "4", "5"]],
])("%s", (_name, size, remarkable, expected) => {
  expect(shape(size, remarkable)).toEqual(expected);
});
