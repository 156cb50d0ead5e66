import type { CapturedSegment, ToolCall } from "@parapet/model";
import { expect, test } from "vitest";
import { argumentText, drawOrigins, letterAt } from "./origins.ts";

const part = (index: number, pointer: string, text?: string): CapturedSegment => ({
  index,
  direction: "response",
  pointer,
  role: "tool_calls",
  provenance: "tool-arguments",
  length: text?.length ?? 4,
  digest: "d",
  ...(text !== undefined && { text }),
});

test.each([
  [0, "a"],
  [25, "z"],
  [26, "aa"],
  [701, "zz"],
])("position %i is called %s", (position, letter) => {
  expect(letterAt(position)).toBe(letter);
});

const CHAT = "/choices/0/message/tool_calls/0/function/arguments";
test.each([
  ["a text", part(1, CHAT, '{"to":"ada","sum":[{"of":7}]}'), "/to", "ada"],
  ["a number in a list", part(1, CHAT, '{"to":"ada","sum":[{"of":7}]}'), "/sum/0/of", "7"],
  ["a name with a slash", part(1, CHAT, '{"a/b~c":"x"}'), "/a~1b~0c", "x"],
  ["what is not there", part(1, CHAT, "{}"), "/constructor", undefined],
  ["what was not kept", part(1, CHAT), "/to", undefined],
])("%s is read out of the call", (_, own, path, expected) => {
  expect(argumentText([own], { segment: 1 }, path)).toBe(expected);
});

test("an argument that stands for itself is read where it stands", () => {
  const parts = [part(1, "/content/0/input/to", "ada"), part(2, "/content/0/input/text", "Hi Ada")];
  expect(argumentText(parts, { segment: 1 }, "/text")).toBe("Hi Ada");
  expect(argumentText(parts, { segment: 1 }, "/to")).toBe("ada");
});

test("only arguments with a place are drawn", () => {
  const origins = [
    { path: "/to", origin: "untrusted", segment: 3, start: 1, end: 4 },
    { path: "/text", origin: "model" },
    { path: "/at", origin: "user", segment: 0, start: 2, end: 9 },
  ] as const;
  const call = { id: "c", name: "send", segment: 4, facts: { origins } } as unknown as ToolCall;
  expect(drawOrigins([call]).map(({ letter, path, segment }) => [letter, path, segment])).toEqual([
    ["a", "/to", 3],
    ["b", "/at", 0],
  ]);
});
