import type { Category, Clue, Provenance } from "@parapet/model";
import { z } from "zod";
import {
  completed,
  type Detection,
  type Inspection,
  type PreparedText,
  type Subject,
  type TextForm,
} from "../detector.ts";
import { severityOf } from "../by-confidence.ts";
import { standsInOriginal } from "../stands-in-original.ts";
import { confidenceOf, disguiseBonus } from "./calibration.ts";
import { readsAlike } from "./fold.ts";
import type { Rule } from "./rule.ts";
import { channelOf, createScore, type Evidence, type Passage } from "./score.ts";

export const EvidenceSettings = z.strictObject({
  report_from: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("Least confidence that is reported; whether anything is blocked is the policy's decision"),
});
export type EvidenceSettings = Readonly<z.infer<typeof EvidenceSettings>>;

/** What tells one detector from the other. */
export interface EvidenceKind {
  readonly category: Category;
  readonly rules: readonly Rule[];
  /** What a match is, for its reason: `Prompt injection`. */
  readonly noun: string;
  /** The type of a match whose evidence is all supporting. */
  readonly plainType: string;
}

/** The score of a text; a classifier replaces this function and nothing else. */
export interface Score {
  /** 0 to 1. */
  readonly confidence: number;
  readonly type: string;
  readonly clues: readonly Clue[];
  /** In the form that it was found in. */
  readonly span: { readonly start: number; readonly end: number };
  readonly form: TextForm;
}

export type ScoreText = (prepared: PreparedText, provenance: Provenance) => Score | undefined;

const CLUES_MAX = 8;
const CLUE_UNITS_MAX = 80;

const clip = (text: string): string => (text.length > CLUE_UNITS_MAX ? `${text.slice(0, CLUE_UNITS_MAX - 1)}…` : text);

const clue = (text: string, { rule, weight, start, end, gapStart, gapEnd }: Evidence): Clue => ({
  text: clip(
    gapEnd > gapStart && gapEnd < end
      ? `${text.slice(start, gapStart)} … ${text.slice(gapEnd, end)}`
      : text.slice(start, end),
  ),
  weight: Math.round(weight * 100) / 100,
  why: rule.why,
});

/** The type with most evidence. */
const typeOf = (evidence: readonly Evidence[], plainType: string): string => {
  const totals = new Map<string, number>();
  for (const { rule, weight } of evidence)
    if (weight > 0 && rule.type !== "") totals.set(rule.type, (totals.get(rule.type) ?? 0) + weight);
  let best = plainType;
  for (const [type, total] of totals) if (total > (totals.get(best) ?? 0)) best = type;
  return best;
};

export const createScoreText = ({ rules, plainType }: EvidenceKind): ScoreText => {
  const scoreForm = createScore(rules);
  return ({ forms, text }, provenance) => {
    const channel = channelOf(provenance);
    let found: { readonly passage: Passage; readonly form: TextForm } | undefined;
    let sum = 0;
    let originalSum = 0;
    for (const form of forms) {
      if (form.view === "normalised" && readsAlike(form.text, text)) continue;
      const passage = scoreForm(form.text, channel);
      if (passage === undefined) continue;
      const total = passage.sum + disguiseBonus(form.view, passage.sum, originalSum);
      if (form.view === "original") originalSum = total;
      // Of equals the earlier form counts: the original comes first.
      if (found === undefined || total > sum) {
        if (standsInOriginal(form, passage.start, passage.end, text)) continue;
        found = { passage, form };
        sum = total;
      }
    }
    if (found === undefined) return undefined;
    const { passage, form } = found;
    return {
      confidence: confidenceOf(sum, channel, provenance),
      type: typeOf(passage.evidence, plainType),
      clues: passage.evidence.slice(0, CLUES_MAX).map((evidence) => clue(form.text, evidence)),
      span: { start: passage.start, end: passage.end },
      form,
    };
  };
};

/** Inspects with one kind's rules: at most one detection, of the strongest passage in the strongest form. */
export const createEvidenceInspection = (
  kind: EvidenceKind,
): ((settings: EvidenceSettings) => (subject: Subject) => Inspection) => {
  const scoreText = createScoreText(kind);
  return ({ report_from: reportFrom }) =>
    ({ prepared, provenance }) => {
      const score = scoreText(prepared, provenance);
      if (score === undefined || score.confidence < reportFrom) return completed();
      return completed([detectionOf(kind, score)]);
    };
};

const detectionOf = ({ category, noun }: EvidenceKind, { confidence, type, clues, span, form }: Score): Detection => {
  const why = clues
    .filter(({ weight }) => weight > 0)
    .slice(0, 2)
    .map((one) => one.why);
  const where = form.path === "" ? "" : ` (in text hidden as ${form.path})`;
  return {
    category,
    type,
    confidence,
    severity: severityOf(confidence),
    ...form.origin(span.start, span.end),
    reason: `${noun}: ${why.length === 0 ? "weak signs only" : why.join("; ")}${where}.`,
    view: form.view,
    clues: [...clues],
  };
};
