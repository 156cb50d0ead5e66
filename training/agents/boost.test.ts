import { expect, test } from "vitest";
import { scoreTrees } from "../../server/src/agents/doubt/index.ts";
import { trainTrees } from "./boost.ts";

const OPTIONS = { seed: 1, trees: 60, depth: 2, rate: 0.2, caution: 1, rows: 0.8, columns: 1 };
/** Harmful where exactly one of two numbers is set, which no sum of them tells. */
const examples = Array.from({ length: 400 }, (_, at) => {
  const numbers = Float64Array.of(at % 2, Math.floor(at / 2) % 2, Math.floor(at / 4) % 2);
  return { numbers, isHarmful: numbers[0] !== numbers[1], weight: 1 };
});

test("trees learn what only two numbers together tell, and overlook what tells nothing", () => {
  const trees = trainTrees(examples, 0, OPTIONS);
  const score = (...numbers: number[]) => scoreTrees(trees, Float64Array.from(numbers), new Float64Array(3));
  expect(score(1, 0, 0)).toBeGreaterThan(1);
  expect(score(0, 1, 1)).toBeGreaterThan(1);
  expect(score(1, 1, 0)).toBeLessThan(-1);
  expect(score(0, 0, 1)).toBeLessThan(-1);
});

test("the same seed gives the same trees", () => {
  expect(trainTrees(examples, 0, OPTIONS)).toEqual(trainTrees(examples, 0, OPTIONS));
});
