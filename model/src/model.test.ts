import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { sinceToMs, Since } from "./api/index.ts";
import {
  ACTIONS,
  actionRank,
  CompactReceipt,
  expandReceipt,
  failureMode,
  includesRole,
  letterOf,
  maxSeverity,
  RECEIPT_OUTCOMES,
  RESERVED_PATHS,
  ROLES,
  RouteConfiguration,
  SEVERITIES,
  TenantId,
  Timestamp,
} from "./index.ts";

describe("a receipt", () => {
  test("says the same in its short form: each outcome has a letter of its own", () => {
    expect(new Set(RECEIPT_OUTCOMES.map(letterOf)).size).toBe(RECEIPT_OUTCOMES.length);
    fc.assert(
      fc.property(fc.array(fc.array(fc.constantFrom(...RECEIPT_OUTCOMES), { minLength: 3, maxLength: 3 })), (rows) => {
        const receipt = CompactReceipt.parse({
          detectors: ["a@1", "b@2", "c@3"],
          segments: rows.map((row, segment) => [segment, row.map(letterOf).join("")]),
          reasons: [],
          parts: [],
        });
        const expected = rows.flatMap((row, segment) =>
          row.map((outcome, at) => ({ segment, detector: "abc".charAt(at), version: String(at + 1), outcome })),
        );
        expect(expandReceipt(receipt)).toEqual(expected);
      }),
    );
  });

  test("gives reasons for one detector, for a whole segment, and for what a detector always skips", () => {
    const parts = [{ segment: 2, detector: "front", version: "1", outcome: "unscannable", reason: "image" }] as const;
    const entries = expandReceipt({
      detectors: ["a@1", "b@1"],
      segments: [
        [0, "is"],
        [1, "us"],
      ],
      reasons: [
        [-1, 1, "not its business"],
        [0, -1, "remembered from e"],
        [1, 0, "too deep"],
      ],
      parts: [...parts],
    });
    expect(entries.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["inspected", "remembered from e"],
      ["skipped", "not its business"],
      ["unscannable", "too deep"],
      ["skipped", "not its business"],
      ["unscannable", "image"],
    ]);
  });

  test("never claims inspection for a detector that has no letter", () => {
    expect(expandReceipt({ detectors: ["a@1", "b@1"], segments: [[0, "i"]], reasons: [], parts: [] })[1]?.outcome).toBe(
      "skipped",
    );
  });
});

describe("a point in time to look back to", () => {
  const now = Date.UTC(2026, 10, 21, 8);
  test.each([
    ["90s", now - 90_000],
    ["15m", now - 15 * 60_000],
    ["24h", now - 86_400_000],
    ["7d", now - 7 * 86_400_000],
    ["2026-11-21T07:00:00Z", now - 3_600_000],
    ["2026-11-21T07:00:00.500Z", now - 3_599_500],
  ])("%s", (since, expected) => {
    expect(Since.safeParse(since).success).toBe(true);
    expect(sinceToMs(since, now)).toBe(expected);
  });
  test.each([
    "",
    "24",
    "h",
    "1w",
    "-1h",
    "123456d",
    "yesterday",
    "2026-11-21",
    "2026-11-21T07:00:00+01:00",
    "2026-99-99T99:99:99Z",
    "2026-11-21T...Z",
  ])("not %j", (since) => {
    expect(Since.safeParse(since).success).toBe(false);
  });
});

describe("orders", () => {
  test("of actions, severities and roles are those of their lists", () => {
    expect(ACTIONS.map(actionRank)).toEqual(ACTIONS.map((_, index) => index));
    expect(maxSeverity("low", "critical")).toBe("critical");
    expect(SEVERITIES.map((severity) => maxSeverity(severity, "medium"))).toEqual([
      "medium",
      "medium",
      "medium",
      "high",
      "critical",
    ]);
    expect(ROLES.map((role) => includesRole(role, "approver"))).toEqual([false, false, true, true]);
  });
});

describe("a route", () => {
  const route = (change: object = {}) =>
    RouteConfiguration.safeParse({
      id: "a",
      path: "/v1",
      protocol: "openai",
      upstream: "https://api.example/v1",
      ...change,
    });

  test.each(["/v1", "/a/b-c.d_e~f", "/apiary", "/metrics2"])("may stand at %s", (path) =>
    expect(route({ path }).success).toBe(true),
  );
  test.each([
    "v1",
    "/",
    "/v1/",
    "/a//b",
    "/a/../b",
    "/./a",
    "/a b",
    "/a?b",
    "/a%2fb",
    ...RESERVED_PATHS,
    ...RESERVED_PATHS.map((path) => `${path}/x`),
  ])("may not stand at %j", (path) => expect(route({ path }).success).toBe(false));

  test("needs an upstream over HTTP, unless it is the demo", () => {
    expect(route({ upstream: undefined }).success).toBe(false);
    expect(route({ upstream: "file:///etc/passwd" }).success).toBe(false);
    expect(route({ upstream: undefined, protocol: "demo" }).success).toBe(true);
  });

  test.each([
    [undefined, "observe", undefined, "open"],
    [undefined, "enforce", undefined, "closed"],
    [undefined, "observe", "enforce", "closed"],
    ["open", "enforce", "enforce", "open"],
    ["closed", "observe", "observe", "closed"],
  ] as const)("with on_failure %s, mode %s, in force %s fails %s", (on_failure, mode, inForce, expected) => {
    expect(failureMode({ on_failure, mode }, inForce)).toBe(expected);
  });
});

test("tenants and times have one spelling", () => {
  expect(
    ["default", "a-1", "A", "a_b", "", "-a", "a".repeat(64)].map((name) => TenantId.safeParse(name).success),
  ).toEqual([true, true, false, false, false, false, false]);
  expect(
    ["2026-11-21T08:45:44.123Z", "2026-11-21T08:45:44Z", "2026-11-21T08:45:44.123+01:00"].map(
      (time) => Timestamp.safeParse(time).success,
    ),
  ).toEqual([true, false, false]);
});
