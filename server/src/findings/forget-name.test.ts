import { FindingId, type Finding } from "@parapet/model";
import { expect, test } from "vitest";
import { forgetName } from "./forget-name.ts";

const finding: Finding = {
  id: FindingId.parse("01890000-0000-7000-8000-000000000000"),
  rule: "blocked-injection",
  title: "Injection blocked for user:alice",
  description: "",
  severity: "high",
  status: "new",
  groupKey: '[["principal","user:alice"],["route","r"]]',
  firstSeen: "2026-01-01T00:00:00.000Z",
  lastSeen: "2026-01-01T00:00:00.000Z",
  count: 1,
  exchanges: [],
  entities: { principal: "user:alice", route: "r" },
  tags: [],
  triage: "",
  history: [],
};

test("an erased name leaves title, group and entities, and nothing else changes", () => {
  const forgotten = forgetName(finding, "user:alice");
  expect(JSON.stringify(forgotten)).not.toContain("alice");
  expect(forgotten).toMatchObject({
    groupKey: '[["principal","erased"],["route","r"]]',
    entities: { principal: "erased", route: "r" },
    count: 1,
  });
});

test("findings of others are left alone", () => {
  expect(forgetName(finding, "user:bob")).toBeUndefined();
});
