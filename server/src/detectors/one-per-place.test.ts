import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Detection } from "./detector.ts";
import { countedPlaces, onePerPlace } from "./one-per-place.ts";

const anyDetection: fc.Arbitrary<Detection> = fc
  .record({
    start: fc.nat({ max: 200 }),
    length: fc.integer({ min: 1, max: 12 }),
    confidence: fc.constantFrom(0.5, 0.8, 0.95),
    view: fc.constantFrom("original" as const, "decoded" as const),
  })
  .map(({ start, length, ...rest }) => ({
    category: "secret",
    type: "key",
    severity: "high",
    reason: "a reason",
    start,
    end: start + length,
    ...rest,
  }));
const many = fc.array(anyDetection, { maxLength: 80 });
const overlap = (a: Detection, b: Detection): boolean => a.start < b.end && b.start < a.end;

test("no two places overlap, and nothing is left out but what overlaps with something at least as good", () => {
  fc.assert(
    fc.property(many, (detections) => {
      const kept = onePerPlace(detections, Infinity);
      kept.forEach((one, index) => {
        for (const other of kept.slice(index + 1)) expect(overlap(one, other)).toBe(false);
      });
      for (const one of detections) {
        const better = kept.some(
          (other) =>
            overlap(one, other) &&
            (other.view === one.view ? other.confidence >= one.confidence : other.view === "original"),
        );
        expect(better).toBe(true);
      }
      expect(kept.map(({ start }) => start)).toEqual(kept.map(({ start }) => start).sort((a, b) => a - b));
    }),
  );
});

test("a text is unscannable exactly where more is to be reported than may be, with the surest beside it", () => {
  const isReported = ({ confidence }: Detection): boolean => confidence > 0.5;
  fc.assert(
    fc.property(many, fc.integer({ min: 1, max: 20 }), fc.boolean(), (detections, detectionsMax, isChosen) => {
      const all = onePerPlace(detections, Infinity).filter((one) => !isChosen || isReported(one));
      const one = countedPlaces({ detections, detectionsMax, what: "keys", ...(isChosen && { isReported }) });
      expect(one.outcome).toBe(all.length > detectionsMax ? "unscannable" : "completed");
      expect(one.detections).toHaveLength(Math.min(all.length, detectionsMax));
      for (const kept of one.detections) expect(all).toContain(kept);
    }),
  );
});
