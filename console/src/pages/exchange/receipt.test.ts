import { expect, test } from "vitest";
import { groupByReason, summarise } from "./receipt.ts";

const receipt = [
  { segment: 0, detector: "secrets", version: "1", outcome: "inspected" },
  { segment: 0, detector: "jailbreak", version: "1", outcome: "inspected", reason: "remembered from x" },
  { segment: 1, detector: "jailbreak", version: "1", outcome: "inspected", reason: "remembered from x" },
  { segment: 1, detector: "secrets", version: "1", outcome: "failed", reason: "too deep" },
] as const;

test("the summary counts every outcome, so that nothing uninspected hides behind a total", () => {
  expect(summarise(receipt)).toBe("2 parts by 2 detectors: 3 inspected, 1 failed");
  expect(summarise([])).toBe("nothing was inspected");
});

const image = { segment: 1, detector: "front", version: "1", outcome: "unscannable", reason: "/a: image" } as const;

test("a part that reached no detector is counted and named, and not mistaken for the part of the same number", () => {
  expect(summarise([...receipt, image])).toBe("2 parts by 2 detectors: 3 inspected, 1 failed, 1 unscannable");
  expect(groupByReason([image])).toEqual([
    { outcome: "unscannable", reason: "/a: image", detectors: [], segments: [] },
  ]);
});

test("reasons are said once, with the parts and detectors they hold for", () => {
  expect(groupByReason(receipt)).toEqual([
    { outcome: "inspected", reason: "remembered from x", detectors: ["jailbreak"], segments: [0, 1] },
    { outcome: "failed", reason: "too deep", detectors: ["secrets"], segments: [1] },
  ]);
});
