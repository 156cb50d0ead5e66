import { FindingId, type Finding } from "@parapet/model";
import { expect, test } from "vitest";
import { forgetName } from "./forget-name.ts";
import { shownValue } from "./shown-value.ts";

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
  score: 0,
  scoreParts: [],
  events: [],
  sources: [],
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

test("it leaves the explanation too", () => {
  const counted = {
    ...finding,
    title: "Injection blocked",
    explanation: "5 blocks by user:alice, none by user:alice2.",
  };
  expect(forgetName(counted, "user:alice")?.explanation).toBe("5 blocks by erased, none by user:alice2.");
});

const about = (title: string, entities: Readonly<Record<string, string>>): Finding => ({
  ...finding,
  title,
  groupKey: JSON.stringify(Object.entries(entities)),
  entities,
});

test.each(["user:bob", "user:al", "user:alic", "ser:alice", "alice", "r"])(
  "findings of others are left alone: %s",
  (name) => {
    expect(
      forgetName(about("Injection by user:alice stopped on r2", { principal: "user:alice", route: "r2" }), name),
    ).toBe(undefined);
  },
);

test.each([
  ["Injection by user:al stopped on r", "Injection by erased stopped on r"],
  [
    "user:al: user:alice, user:al-2, user:al@example.com and user:al.",
    "erased: user:alice, user:al-2, user:al@example.com and erased.",
  ],
  ["superuser:al and user:al's", "superuser:al and erased's"],
  ["(user:al)", "(erased)"],
  ["user:al", "erased"],
])("in a title whose group does not name anybody only whole names are erased: %s", (title, expected) => {
  expect(forgetName(about(title, { route: "r" }), "user:al")?.title ?? title).toBe(expected);
});

test("a name with spaces that begins like the erased one is another's", () => {
  const other = about("Injection by user:al green stopped on r", { principal: "user:al green", route: "r" });
  expect(forgetName(other, "user:al")).toBeUndefined();
  expect(forgetName(other, "user:al green")?.title).toBe("Injection by erased stopped on r");
});

test("a name of the finding's own group is erased wherever the title has it", () => {
  const entities = { principal: "user:al", target: "user:al-2" };
  expect(forgetName(about("user:al-r, user:al-2", entities), "user:al")).toMatchObject({
    title: "erased-r, user:al-2",
    entities: { principal: "erased", target: "user:al-2" },
  });
});

test("a name that findings show shortened, or without its invisible characters, is erased all the same", () => {
  for (const name of [`user:${"x".repeat(300)}`, "user:a\u200bl"]) {
    const shown = shownValue(name);
    const made = {
      ...about(`Injection by ${shown} stopped`, { principal: shown }),
      groupKey: JSON.stringify([["principal", name]]),
    };
    expect(forgetName(made, name)).toMatchObject({
      title: "Injection by erased stopped",
      groupKey: '[["principal","erased"]]',
      entities: { principal: "erased" },
    });
  }
});

test("an erased name leaves what the events of a finding show", () => {
  const sample = {
    event: "e",
    time: finding.firstSeen,
    part: "now" as const,
    shows: "feature.customer user:bob, rarely",
  };
  const forgotten = forgetName({ ...finding, samples: [sample] }, "user:bob");
  expect(forgotten?.samples?.[0]?.shows).toBe("feature.customer erased, rarely");
});
