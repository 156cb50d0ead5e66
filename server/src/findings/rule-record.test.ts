import type { FindingStatus } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { ruleRecords, type JudgedFinding } from "./rule-record.ts";

const NOW = Date.UTC(2026, 10, 21);
const DAY_MS = 86_400_000;

const judged = (status: FindingStatus, daysAgo: number, times = 1, rule = "r"): JudgedFinding[] => {
  const seen = new Date(NOW - daysAgo * DAY_MS).toISOString();
  return Array.from({ length: times }, () => ({ rule, status, firstSeen: seen, lastSeen: seen, exception: undefined }));
};
const recordOf = (findings: readonly JudgedFinding[]) => ruleRecords(findings, { days: 30, nowMs: NOW })[0];

describe("a rule's record", () => {
  test.each([
    ["nobody judged", judged("new", 2, 9), { decay: "none", open: 9, findings: 9 }],
    ["few judgements say nothing", judged("false_positive", 2, 4), { decay: "none", falsePositives: 4 }],
    [
      "mostly useful",
      [...judged("resolved", 2, 8), ...judged("false_positive", 2, 2)],
      { decay: "none", precision: 0.8 },
    ],
    [
      "hardly ever useful",
      [...judged("resolved", 2, 1), ...judged("false_positive", 2, 9)],
      { decay: "useless", precision: 0.1 },
    ],
    [
      "less useful than before",
      [
        ...judged("resolved", 40, 9),
        ...judged("false_positive", 40, 1),
        ...judged("resolved", 2, 3),
        ...judged("false_positive", 2, 3),
      ],
      { decay: "falling", precision: 0.5, earlierPrecision: 0.9 },
    ],
    ["silent", judged("resolved", 45, 6), { decay: "silent", findings: 0 }],
    ["accepted ones are no judgement", judged("accepted", 1, 20), { decay: "none", accepted: 20 }],
  ])("%s", (_, findings, expected) => {
    expect(recordOf(findings)).toMatchObject(expected);
  });

  test("names the last one that was useful, and says what to make of it", () => {
    const record = recordOf([...judged("resolved", 12), ...judged("resolved", 50), ...judged("false_positive", 1, 12)]);
    expect(record?.lastUseful).toBe(new Date(NOW - 12 * DAY_MS).toISOString());
    expect(record?.sentence).toContain("12 of 13 judged findings were false positives");
  });

  test("what needs a decision stands first", () => {
    const findings = [
      ...judged("new", 1, 5, "quiet"),
      ...judged("false_positive", 1, 5, "noise"),
      ...judged("resolved", 40, 5, "gone"),
    ];
    expect(ruleRecords(findings, { days: 30, nowMs: NOW }).map(({ rule }) => rule)).toEqual(["noise", "gone", "quiet"]);
  });
});
