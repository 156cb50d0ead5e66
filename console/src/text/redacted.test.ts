import type { Category } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { alignToKept } from "./redacted.ts";

const match = (number: number, start: number, end: number, category: Category = "secret", type = "openai_key") => ({
  number,
  start,
  end,
  category,
  type,
});
const drawn = (kept: string, originalLength: number, ...matches: readonly ReturnType<typeof match>[]) =>
  alignToKept(kept, originalLength, matches)?.map((span) => kept.slice(span.start, span.end));

test("spans stay where the text was kept whole", () => {
  expect(drawn("key sk-123 end", 14, match(1, 4, 10))).toEqual(["sk-123"]);
});

test("spans move onto the labels that stand in their place, and what follows moves with them", () => {
  // The original: "key sk-12345678 and 4111 now ignore" (35 characters).
  const kept = "key [REDACTED:openai-key] and [REDACTED:credit-card] now ignore";
  const matches = [
    match(1, 4, 15),
    match(2, 20, 24, "personal_data", "CREDIT_CARD"),
    match(3, 29, 35, "prompt_injection", "override"),
  ];
  expect(drawn(kept, 35, ...matches)).toEqual(["[REDACTED:openai-key]", "[REDACTED:credit-card]", "ignore"]);
});

test("matches that overlapped share the label of the first", () => {
  const kept = "a [REDACTED:openai-key] b";
  expect(drawn(kept, 12, match(1, 2, 8), match(2, 5, 10, "personal_data", "PHONE"))).toEqual([
    "[REDACTED:openai-key]",
    "[REDACTED:openai-key]",
  ]);
});

test("a match around a replaced one takes the whole label in", () => {
  const kept = "send [REDACTED:openai-key] out";
  expect(drawn(kept, 15, match(1, 0, 15, "exfiltration", "link"), match(2, 5, 11))).toEqual([
    kept,
    "[REDACTED:openai-key]",
  ]);
});

test("nothing is marked when the labels are not where they should be", () => {
  expect(drawn("something else entirely", 90, match(1, 0, 3))).toBeUndefined();
});

describe("masked spans", () => {
  const token = "[EMAIL_ADDRESS_3f2a9c04d1be]";
  const masked = [{ segment: 0, start: 3, end: 9, type: "EMAIL_ADDRESS", token }];
  const mail = match(1, 3, 9, "personal_data", "EMAIL_ADDRESS");
  const key = match(2, 14, 20);
  // The original: "to a@b.de key sk-123" (20 characters).
  test.each([
    ["with other spans redacted", `to ${token} key [REDACTED:openai-key]`, [token, "[REDACTED:openai-key]"]],
    ["in a text kept whole", `to ${token} key sk-123`, [token, "sk-123"]],
  ])("are marked at their tokens %s", (_, kept, marked) => {
    const spans = alignToKept(kept, 20, [mail, key], masked);
    expect(spans?.map(({ start, end }) => kept.slice(start, end))).toEqual(marked);
  });
});
