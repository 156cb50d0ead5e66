import { describe, expect, test } from "vitest";
import { assetOf, scoreOf } from "./score.ts";

const finding = {
  severity: "high" as const,
  sources: ["gateway"],
  entities: { agent: "prod-billing", route: "assistant" },
};

describe("a finding's score", () => {
  test.each([
    ["is its severity when nothing else is known", {}, [], 65],
    ["rises with sources that tell of it independently", { sources: ["gateway", "falco", "cloudtrail"] }, [], 73],
    ["rises with at most three further ones", { sources: ["a", "b", "c", "d", "e", "f"] }, [], 77],
    ["rises with what it touches", {}, [{ name: "prod-*", value: "critical" as const }], 80],
    ["falls with what is worth little", {}, [{ name: "*-billing", value: "low" as const }], 50],
    [
      "takes the most valuable of several",
      {},
      [
        { name: "*", value: "low" as const },
        { name: "assistant", value: "high" as const },
      ],
      73,
    ],
    ["is not moved by assets that it does not name", {}, [{ name: "prod", value: "critical" as const }], 65],
    [
      "is never above a hundred",
      { severity: "critical" as const, sources: ["a", "b", "c", "d"] },
      [{ name: "*", value: "critical" as const }],
      100,
    ],
    ["is never below nothing", { severity: "informational" as const }, [{ name: "*", value: "low" as const }], 0],
  ])("%s", (_, change, assets, expected) => {
    const { score, scoreParts } = scoreOf({ ...finding, ...change }, assets);
    expect(score).toBe(expected);
    const sum = scoreParts.reduce((points, part) => points + part.points, 0);
    expect(Math.max(0, Math.min(100, sum)), "its parts say how it came about").toBe(score);
  });

  test.each([
    ["a*c*e", "abcde", true],
    ["a*c*e", "ace", true],
    ["a*aa", "aa", false],
    ["a*e", "abcd", false],
    ["", "", true],
  ])("%s stands for %s: %s", (name, value, expected) => {
    expect(assetOf({ entities: { agent: value } }, [{ name, value: "high" }]) !== undefined).toBe(expected);
  });
});
