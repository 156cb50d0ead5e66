import type { SelfTestFigures, SelfTestRun } from "@parapet/model";
import { Timestamp } from "@parapet/model";
import { z } from "zod";

const Bounds = z.strictObject({
  recall: z.number().min(0).max(1).optional().describe("Least recall"),
  falsePositives: z.number().min(0).max(1).optional().describe("Highest rate of false positives"),
});
const Named = z.record(z.string(), Bounds);

/** `baseline.json`: what a run must reach. Written from a run, by `parapet self-test --write-baseline`. */
export const Baseline = z.strictObject({
  corpus: z.string().describe("Digest of the rows that it was measured on"),
  writtenAt: Timestamp,
  lanes: z
    .record(z.string(), z.strictObject({ detectors: Named, categories: Named }))
    .describe("By route; `*` holds for routes that are not named"),
});
export type Baseline = Readonly<z.infer<typeof Baseline>>;

/** Rows that may come out otherwise before it counts: one, or this share where there are many. */
const RECALL_SLACK = 0.05;
const FALSE_POSITIVE_SLACK = 0.03;

const slack = (rows: number, share: number): number => Math.max(1, Math.round(rows * share));
const round = (rate: number): number => Math.round(rate * 10_000) / 10_000;

const boundsOf = ({ attacks, found, benign, wrong, on }: SelfTestFigures): z.infer<typeof Bounds> => ({
  // What does not run has no floor; whoever writes the baseline has seen that it is off.
  ...(attacks > 0 && on && { recall: round(Math.max(0, found - slack(attacks, RECALL_SLACK)) / attacks) }),
  ...(benign > 0 &&
    on && { falsePositives: round(Math.min(benign, wrong + slack(benign, FALSE_POSITIVE_SLACK)) / benign) }),
});

const named = (figures: readonly SelfTestFigures[]): z.infer<typeof Named> =>
  Object.fromEntries(figures.map((one) => [one.name, boundsOf(one)]));

/** Floors and ceilings a little below and above what a run measured; the widest lane's hold for every route. */
export const makeBaseline = (run: SelfTestRun): Baseline => {
  const widest = run.lanes.toSorted((a, b) => running(b) - running(a))[0];
  const lanes = run.lanes.map((lane): [string, Baseline["lanes"][string]] => [
    lane === widest ? "*" : lane.lane,
    { detectors: named(lane.detectors), categories: named(lane.categories) },
  ]);
  return { corpus: run.corpus.digest, writtenAt: run.finishedAt, lanes: Object.fromEntries(lanes) };
};

const running = ({ detectors }: SelfTestRun["lanes"][number]): number => detectors.filter(({ on }) => on).length;
