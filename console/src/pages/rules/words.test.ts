import { expect, test } from "vitest";
import { hitWords } from "./words.ts";

test.each([
  ["rule", 0, "no hits"],
  ["rule", 1, "1 hit"],
  ["correlation", 0, "no hits"],
  ["correlation", 97, "its rules: 97 hits"],
] as const)("a %s with %i hits does not claim what its rules did", (kind, hits, words) => {
  expect(hitWords({ kind, hits })).toBe(words);
});
