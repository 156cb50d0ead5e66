import { expect, test } from "vitest";
import { readingOrder } from "./reading-order.ts";

const shape = (size: number, remarkable: readonly number[]): readonly string[] =>
  readingOrder([...Array(size).keys()], (item) => remarkable.includes(item)).map((one) =>
    one.kind === "single" ? String(one.item) : `${one.items.length} folded`,
  );

test.each([
  ["a short exchange is shown whole", 5, [], ["0", "1", "2", "3", "4"]],
  ["a long one keeps its last two parts", 9, [], ["7 folded", "7", "8"]],
  ["parts with matches stay where they are", 12, [5], ["5 folded", "5", "4 folded", "10", "11"]],
  ["short stretches are not worth folding", 6, [2], ["0", "1", "2", "3", "4", "5"]],
])("%s", (_name, size, remarkable, expected) => {
  expect(shape(size, remarkable)).toEqual(expected);
});
