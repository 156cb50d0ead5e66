import type { SelfTestFigures } from "@parapet/model";
import { expect, test } from "vitest";
import { detectorToShow, historyOf, totalsOf, type RunSummary } from "./history.ts";

const figures = (name: string, found: number, change: Partial<SelfTestFigures> = {}): SelfTestFigures => ({
  name,
  on: true,
  attacks: 10,
  found,
  recall: found / 10,
  benign: 5,
  wrong: 0,
  falsePositives: 0,
  missed: [],
  flagged: [],
  ...change,
});

const run = (id: string, found: number, change: Partial<RunSummary> = {}): RunSummary => ({
  id,
  startedAt: "2026-01-01T00:00:00.000Z",
  finishedAt: "2026-01-01T00:01:00.000Z",
  actor: "schedule",
  result: "passed",
  corpus: { digest: "rows", attacks: 10, benign: 5 },
  versions: { product: "1.0.0", policies: "p", detectors: { secrets: "1" } },
  lanes: [
    {
      lane: "assistant",
      routes: ["assistant"],
      rows: 15,
      acted: 3,
      addedMs: { p50: 1, p99: 2 },
      detectors: [figures("secrets", found)],
      categories: [figures("secret", found)],
    },
  ],
  problems: [],
  ...change,
});

test("a history goes from the oldest run to the newest and says what changed on the way", () => {
  const versions = { product: "1.1.0", policies: "p", detectors: { secrets: "2" } };
  const newest = run("c", 7, {
    versions,
    problems: [{ kind: "recall", lane: "assistant", name: "secrets", sentence: "It fell." }],
  });
  const other = run("b", 9, { corpus: { digest: "others", attacks: 10, benign: 5 }, versions });
  const history = historyOf([newest, other, run("a", 9)], "assistant", "secrets");
  expect(history.map((point) => [point.run, point.figures?.found, point.lowRecall, point.otherRows])).toEqual([
    ["a", 9, false, false],
    ["b", 9, false, true],
    ["c", 7, true, true],
  ]);
  expect(history.map(({ changed }) => changed)).toEqual([
    [],
    ["rows", "secrets 1 → 2", "Parapet 1.0.0 → 1.1.0"],
    ["rows"],
  ]);
});

test("a run without the lane or the detector leaves a gap, not a zero", () => {
  expect(historyOf([run("a", 9)], "other", "secrets")[0]?.figures).toBeUndefined();
  expect(historyOf([run("a", 9)], "assistant", "jailbreak")[0]?.figures).toBeUndefined();
});

test("a look-alike that two categories flag is one look-alike", () => {
  const lane = run("a", 9).lanes[0];
  if (lane === undefined) throw new Error("no lane");
  const categories = [figures("secret", 9, { flagged: ["x-b"] }), figures("jailbreak", 1, { flagged: ["x-b", "y-b"] })];
  expect(totalsOf({ ...lane, categories })).toEqual({ attacks: 20, found: 10, flagged: 2 });
});

test("what fell is shown first, else what has most to find", () => {
  const lane = run("a", 9).lanes[0];
  if (lane === undefined) throw new Error("no lane");
  const two = { ...lane, detectors: [figures("secrets", 9), figures("jailbreak", 1, { attacks: 20 })] };
  const fell = { kind: "recall", lane: "assistant", name: "secrets", sentence: "It fell." } as const;
  expect(detectorToShow(run("a", 9), two)).toBe("jailbreak");
  expect(detectorToShow(run("a", 9, { problems: [fell] }), two)).toBe("secrets");
  expect(detectorToShow(run("a", 9), { ...lane, detectors: [] })).toBeUndefined();
});
