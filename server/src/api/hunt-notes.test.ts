import { expect, test } from "vitest";
import { DEFAULT_BINDINGS, parseWhere } from "#rules";
import { huntNotes } from "./hunt-notes.ts";

const notesOf = (where: string, items: Parameters<typeof huntNotes>[0]["items"] = []): string[] => {
  const parsed = parseWhere(where);
  if (!parsed.ok) throw new Error(parsed.message);
  const { selections } = parsed.detection;
  return huntNotes({ selections, items, total: items.length, bindings: DEFAULT_BINDINGS });
};

test.each([
  ["a misspelt field", "verdct = block", ['No source is known to have a field "verdct"; did you mean "verdict"?']],
  ["a misspelt head of a path", "confidense.secret > 0.5", [expect.stringContaining('did you mean "confidence"?')]],
  ["fields that are known, in any case", "Verdict = block and confidence.secret > 0.5", []],
  ["a field that is like none", "image_registry_name = x", []],
  ["words without a field", '"two words"', []],
])("a search that finds nothing speaks of %s", (_, where, notes) => {
  expect(notesOf(where)).toEqual(notes);
});

test("what is found says when exchanges stand in it twice, and only then", () => {
  const opened = { kind: "exchange.opened", exchange: "a" };
  const closed = { kind: "exchange.closed", exchange: "a" };
  expect(notesOf("verdct = block", [opened, closed])).toEqual([expect.stringContaining("kind = exchange.closed")]);
  expect(notesOf("verdict = block", [closed, { ...closed, exchange: "b" }])).toEqual([]);
  expect(notesOf("verdict = block", [closed, { ...opened, exchange: "b" }])).toEqual([]);
});
