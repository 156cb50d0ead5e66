import { expect, test } from "vitest";
import { toExpression, type Term } from "./expression.ts";

test.each<[readonly Term[], string]>([
  [[], ""],
  [[{ field: "tool", operator: "=", value: "shell" }], 'tool = "shell"'],
  [[{ field: "status", operator: ">=", value: "500" }], "status >= 500"],
  [[{ field: "tool", operator: "in", value: "a, b c" }], 'tool in ("a", "b c")'],
  [[{ field: "x", operator: "contains", value: 'say "hi" \\' }], 'x contains "say \\"hi\\" \\\\"'],
  [
    [
      { field: "tool", operator: "exists", value: "" },
      { field: "", operator: "=", value: "unfinished" },
      { field: "address", operator: "cidr", value: "10.0.0.0/8" },
    ],
    'tool exists and address cidr "10.0.0.0/8"',
  ],
])("%j is written %s", (terms, expected) => {
  expect(toExpression(terms)).toBe(expected);
});
