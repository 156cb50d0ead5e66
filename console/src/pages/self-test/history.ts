import type { SelfTestFigures } from "@parapet/model";
import type { SelfTestRuns } from "@parapet/model/api";

export type RunSummary = SelfTestRuns["items"][number];

/** One run as one detector saw it. */
export interface Point {
  readonly run: string;
  readonly time: string;
  readonly figures: SelfTestFigures | undefined;
  /** What the run judged worse than it may be. */
  readonly lowRecall: boolean;
  readonly highFalsePositives: boolean;
  /** What is another than in the run before; figures on other rows are not compared. */
  readonly changed: readonly string[];
  readonly otherRows: boolean;
}

const figuresOf = (run: RunSummary, lane: string, detector: string): SelfTestFigures | undefined =>
  run.lanes.find((one) => one.lane === lane)?.detectors.find(({ name }) => name === detector);

const changesOf = (run: RunSummary, before: RunSummary, detector: string): string[] => {
  const now = run.versions.detectors[detector] ?? "none";
  const then = before.versions.detectors[detector] ?? "none";
  return [
    run.corpus.digest === before.corpus.digest ? "" : "rows",
    now === then ? "" : `${detector} ${then} → ${now}`,
    run.versions.product === before.versions.product
      ? ""
      : `Parapet ${before.versions.product} → ${run.versions.product}`,
    run.versions.policies === before.versions.policies ? "" : "policies",
  ].filter((change) => change !== "");
};

/** Oldest first; `runs` come newest first. */
export const historyOf = (runs: readonly RunSummary[], lane: string, detector: string): readonly Point[] =>
  runs.toReversed().map((run, index, all) => {
    const before = all[index - 1];
    const worse = run.problems.filter((problem) => problem.lane === lane && problem.name === detector);
    return {
      run: run.id,
      time: run.finishedAt,
      figures: figuresOf(run, lane, detector),
      lowRecall: worse.some(({ kind }) => kind === "recall"),
      highFalsePositives: worse.some(({ kind }) => kind === "false-positives"),
      changed: before === undefined ? [] : changesOf(run, before, detector),
      otherRows: before !== undefined && run.corpus.digest !== before.corpus.digest,
    };
  });

/** Attacks found and look-alikes flagged by anything at all; an attack stands in one category's count only. */
export const totalsOf = ({ categories }: RunSummary["lanes"][number]) => ({
  attacks: categories.reduce((sum, { attacks }) => sum + attacks, 0),
  found: categories.reduce((sum, { found }) => sum + found, 0),
  flagged: new Set(categories.flatMap(({ flagged }) => flagged)).size,
});

/** The detector that the reader came for: the first that fell, else the one with most to find. */
export const detectorToShow = (run: RunSummary, lane: RunSummary["lanes"][number]): string | undefined => {
  const names = new Set(lane.detectors.map(({ name }) => name));
  const fallen = run.problems.find((problem) => problem.lane === lane.lane && names.has(problem.name));
  return fallen?.name ?? lane.detectors.toSorted((a, b) => b.attacks - a.attacks)[0]?.name;
};
