import type {
  Diagnostic,
  SelfTestFigures,
  SelfTestLane,
  SelfTestProblem,
  SelfTestResult,
  SelfTestRow,
  SelfTestRun,
} from "@parapet/model";
import type { Baseline } from "./baseline.ts";

export interface JudgeSettings {
  readonly fall: number;
  readonly rise: number;
}

export interface JudgeInput {
  readonly corpus: string;
  readonly lanes: readonly SelfTestLane[];
  readonly rows: readonly SelfTestRow[];
  /** Earlier runs, newest first. */
  readonly history: readonly SelfTestRun[];
  readonly baseline: Baseline | undefined;
  readonly settings: JudgeSettings;
}

const COMPARED_MAX = 7;
/** Rows by which a rate must have changed: one may always come out otherwise with another version. */
const ROWS_MIN = 2;
const REASONS_SHOWN = 3;

const percent = (rate: number): string => `${Math.round(rate * 1_000) / 10} %`;

const median = (values: readonly number[]): number | undefined => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

type Part = "detectors" | "categories";

/** Everything that is worse than it may be, with a sentence each. */
export const findProblems = (input: JudgeInput): SelfTestProblem[] =>
  input.lanes.flatMap((lane) => [...incomplete(lane, input.rows), ...rateProblems(lane, input)]);

/** A category is named only where detectors that are named already do not account for its rows. */
const rateProblems = (lane: SelfTestLane, input: JudgeInput): SelfTestProblem[] => {
  const of = (part: Part) => {
    const low = lane[part].map((figures) => ({
      rows: figures.missed,
      found: recallProblems(lane, part, figures, input),
    }));
    const high = lane[part].map((figures) => ({ rows: figures.flagged, found: alarms(lane, part, figures, input) }));
    return [low, high].map((all) => all.filter(({ found }) => found.length > 0));
  };
  const detectors = of("detectors");
  const categories = of("categories").map((all, kind) => {
    const told = new Set(detectors[kind]?.flatMap(({ rows }) => rows));
    return all.filter(({ rows }) => rows.some((id) => !told.has(id)));
  });
  return [...detectors, ...categories].flat().flatMap(({ found }) => found);
};

/** Rows that were left out: what they were to show is not measured, and nothing else would say so. */
export const rowProblems = (diagnostics: readonly Diagnostic[]): SelfTestProblem[] => {
  const [first] = diagnostics;
  if (first === undefined) return [];
  const place = first.line === undefined ? first.file : `${first.file}:${first.line}`;
  const sentence = `${diagnostics.length} rows are not in form and were left out; the first, ${place}: ${first.message}.`;
  return [{ kind: "incomplete", lane: "", name: "rows", sentence }];
};

const incomplete = ({ lane }: SelfTestLane, rows: readonly SelfTestRow[]): SelfTestProblem[] => {
  const unseen = rows.filter((row) => row.lane === lane && row.outcome === "unseen");
  if (unseen.length === 0) return [];
  const reasons = [...new Set(unseen.map(({ detail }) => detail))];
  const more = reasons.length > REASONS_SHOWN ? ` and ${reasons.length - REASONS_SHOWN} more reasons` : "";
  const sentence = `${unseen.length} rows on ${lane} could not be judged: ${reasons.slice(0, REASONS_SHOWN).join("; ")}${more}.`;
  return [{ kind: "incomplete", lane, name: "run", sentence }];
};

/** Rates of earlier good runs on the same rows, since the baseline was written: writing one accepts a change. */
const earlier = (
  { corpus, history, baseline }: JudgeInput,
  lane: string,
  part: Part,
  read: (figures: SelfTestFigures) => number | null | undefined,
  name: string,
): readonly number[] =>
  history
    .filter((run) => run.result === "passed" && run.corpus.digest === corpus)
    .filter((run) => baseline === undefined || run.startedAt > baseline.writtenAt)
    .flatMap((run) => {
      const figures = run.lanes.find((one) => one.lane === lane)?.[part].find((one) => one.name === name);
      const rate = figures === undefined ? undefined : read(figures);
      return rate === undefined || rate === null ? [] : [rate];
    })
    .slice(0, COMPARED_MAX);

/**
 * A route that is not named is held to what it runs only: which detectors it runs is its operator's choice, and
 * switching one off shows as a fall against earlier runs.
 */
const boundsOf = ({ baseline }: JudgeInput, lane: string, part: Part, { name, on }: SelfTestFigures) =>
  (baseline?.lanes[lane] ?? (on ? baseline?.lanes["*"] : undefined))?.[part][name];

const recallProblems = (
  { lane }: SelfTestLane,
  part: Part,
  figures: SelfTestFigures,
  input: JudgeInput,
): SelfTestProblem[] => {
  const { name, on, attacks, found, recall } = figures;
  if (recall === null) return [];
  const floor = boundsOf(input, lane, part, figures)?.recall;
  const usual = median(earlier(input, lane, part, (one) => one.recall, name));
  const isLow = floor !== undefined && recall < floor;
  const hasFallen =
    usual !== undefined && usual - recall > input.settings.fall && (usual - recall) * attacks > ROWS_MIN - 0.5;
  if (!isLow && !hasFallen) return [];
  const bound = isLow ? `the floor is ${percent(floor)}` : `good runs before it found ${percent(usual ?? 0)}`;
  const off = on ? "" : " It does not run on this route.";
  const sentence = `${name} found ${found} of ${attacks} attacks on ${lane} (${percent(recall)}); ${bound}.${off}`;
  return [{ kind: "recall", lane, name, sentence }];
};

const alarms = ({ lane }: SelfTestLane, part: Part, figures: SelfTestFigures, input: JudgeInput): SelfTestProblem[] => {
  const { name, benign, wrong, falsePositives } = figures;
  if (falsePositives === null) return [];
  const ceiling = boundsOf(input, lane, part, figures)?.falsePositives;
  const usual = median(earlier(input, lane, part, (one) => one.falsePositives, name));
  const isHigh = ceiling !== undefined && falsePositives > ceiling;
  const hasRisen =
    usual !== undefined &&
    falsePositives - usual > input.settings.rise &&
    (falsePositives - usual) * benign > ROWS_MIN - 0.5;
  if (!isHigh && !hasRisen) return [];
  const bound = isHigh ? `the ceiling is ${percent(ceiling)}` : `good runs before it flagged ${percent(usual ?? 0)}`;
  const sentence = `${name} flagged ${wrong} of ${benign} look-alikes on ${lane} (${percent(falsePositives)}); ${bound}.`;
  return [{ kind: "false-positives", lane, name, sentence }];
};

export const resultOf = (problems: readonly SelfTestProblem[]): SelfTestResult => {
  if (problems.some(({ kind }) => kind === "incomplete")) return "incomplete";
  return problems.length === 0 ? "passed" : "degraded";
};
