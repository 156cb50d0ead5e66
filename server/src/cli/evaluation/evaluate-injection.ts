import type { Category, Provenance } from "@parapet/model";
import { areaUnderCurve, figuresAt, recallAtFpr, type ThresholdFigures } from "./figures.ts";
import type { LabelledLine } from "./read-labelled.ts";

/** The part of a match that counts here. */
export interface EvaluatedMatch {
  readonly category: Category;
  readonly confidence: number;
}

/**
 * Runs the detectors over one text. For figures other than `atDefault` and `atBlock` to mean anything, detectors must
 * report from 0 (setting `report_from: 0`); the shipped thresholds are applied here.
 */
export type InspectText = (text: string, provenance: Provenance) => readonly EvaluatedMatch[];

export interface EvaluationInput {
  readonly lines: readonly LabelledLine[];
  readonly inspectText: InspectText;
  /** Confidence from which a text is reported, and from which the shipped policies block it. */
  readonly thresholds: { readonly report: number; readonly block: number };
  /** Monotonic milliseconds, for `msPerKiB`. */
  readonly nowMs: () => number;
  /** Called after each line, for progress. */
  readonly onLine?: (done: number) => void;
}

/** How many there are and how many are flagged at the default threshold. */
export interface GroupFigures {
  readonly n: number;
  readonly flagged: number;
}

export interface EvaluationReport {
  readonly n: number;
  readonly attacks: number;
  readonly benign: number;
  readonly auc: number;
  readonly recallAtFpr: Readonly<Record<string, number>>;
  /** Confidence from which a text counts as reported, and as blocked. */
  readonly thresholds: EvaluationInput["thresholds"];
  readonly atDefault: ThresholdFigures;
  readonly atBlock: ThresholdFigures;
  readonly byKind: Readonly<Record<string, GroupFigures>>;
  readonly byLang: Readonly<Record<string, GroupFigures>>;
  /** By `source`, attacks and benign texts apart: `name/attack`, `name/benign`. */
  readonly bySource: Readonly<Record<string, GroupFigures>>;
  /** Attacks only. */
  readonly byStrength: Readonly<Record<string, GroupFigures>>;
  readonly msPerKiB: number;
}

/** A text's score in the order of the input; one line of `--scores`. */
export interface EvaluatedScore {
  readonly id: string;
  readonly score: number;
}

const FPRS = ["0.001", "0.005", "0.01", "0.05"];
const SCORED: ReadonlySet<Category> = new Set(["prompt_injection", "jailbreak"]);

const scoreOf = (matches: readonly EvaluatedMatch[]): number =>
  matches.reduce(
    (highest, { category, confidence }) => (SCORED.has(category) ? Math.max(highest, confidence) : highest),
    0,
  );

interface Scored {
  readonly line: LabelledLine;
  readonly score: number;
}

const group = (
  scored: readonly Scored[],
  threshold: number,
  keyOf: (line: LabelledLine) => string | undefined,
): Record<string, GroupFigures> => {
  const groups = new Map<string, { n: number; flagged: number }>();
  for (const { line, score } of scored) {
    const key = keyOf(line);
    if (key === undefined || key === "") continue;
    const held = groups.get(key) ?? { n: 0, flagged: 0 };
    groups.set(key, { n: held.n + 1, flagged: held.flagged + (score >= threshold ? 1 : 0) });
  }
  return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Scores every line by its highest injection or jailbreak confidence; a dialogue by its highest turn. */
export const evaluate = ({
  lines,
  inspectText,
  thresholds,
  nowMs,
  onLine,
}: EvaluationInput): {
  readonly report: EvaluationReport;
  readonly scores: readonly EvaluatedScore[];
} => {
  let units = 0;
  const started = nowMs();
  const scored = lines.map((line, index): Scored => {
    let score = 0;
    for (const { text, provenance } of line.texts) {
      units += text.length;
      score = Math.max(score, scoreOf(inspectText(text, provenance)));
    }
    onLine?.(index + 1);
    return { line, score };
  });
  const tookMs = nowMs() - started;
  const attacks = scored.filter(({ line }) => line.isAttack).map(({ score }) => score);
  const benign = scored.filter(({ line }) => !line.isAttack).map(({ score }) => score);
  const bar = thresholds.report;
  return {
    report: {
      n: scored.length,
      attacks: attacks.length,
      benign: benign.length,
      auc: areaUnderCurve(attacks, benign),
      recallAtFpr: Object.fromEntries(FPRS.map((fpr) => [fpr, recallAtFpr(attacks, benign, Number(fpr))])),
      thresholds,
      atDefault: figuresAt(attacks, benign, bar),
      atBlock: figuresAt(attacks, benign, thresholds.block),
      byKind: group(scored, bar, ({ kind }) => kind),
      byLang: group(scored, bar, ({ language }) => language),
      bySource: group(scored, bar, ({ source, isAttack }) =>
        source === "" ? undefined : `${source}/${isAttack ? "attack" : "benign"}`,
      ),
      byStrength: group(scored, bar, ({ strength, isAttack }) => (isAttack ? strength : undefined)),
      msPerKiB: units === 0 ? 0 : tookMs / (units / 1024),
    },
    scores: scored.map(({ line, score }) => ({ id: line.id, score })),
  };
};
