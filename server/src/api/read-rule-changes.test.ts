import type { RuleChange } from "@parapet/model";
import { expect, test } from "vitest";
import { changeMarks, promotedTexts } from "./read-rule-changes.ts";

const change = (rule: string, at: number, state: RuleChange["state"]): RuleChange => ({
  id: `00000000-0000-4000-8000-00000000000${String(at)}`,
  rule,
  text: `text ${String(at)}`,
  reason: "",
  state,
  createdBy: "ada",
  createdAt: `2026-11-0${String(at)}T00:00:00.000Z`,
  shadowUntil: "2026-12-01T00:00:00.000Z",
});

test("of each rule the newest promoted text holds, and what waits in shadow is told beside it", () => {
  const changes = [
    change("a", 6, "shadow"),
    change("b", 5, "shadow"),
    change("a", 4, "promoted"),
    change("c", 3, "withdrawn"),
    change("a", 2, "promoted"),
    change("b", 1, "expired"),
  ];
  expect(promotedTexts(changes)).toEqual([{ path: "console:a.yml", text: "text 4" }]);
  expect([...changeMarks(changes)]).toEqual([
    ["a", { id: change("", 4, "promoted").id, state: "promoted", shadows: 1 }],
    ["b", { id: change("", 5, "shadow").id, state: "shadow", shadows: 1 }],
  ]);
});
