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
import { chanceOf, severityOf } from "../by-confidence.ts";
import { readsAlike } from "../instruction-evidence/fold.ts";
import { standsInOriginal } from "../stands-in-original.ts";
import { disguiseBonus, groupOf, logOddsOf } from "./calibration.ts";
import { evidenceSpan, explain } from "./explain.ts";
import { kindOf } from "./kind.ts";
import { type InjectionModel, shippedModel } from "./model.ts";
import { createScorer, type Passage } from "./score.ts";

export const ClassifierSettings = z.strictObject({
  report_from: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe(
      "Least confidence that is reported: about 1 % of harmless texts of unseen authors reach it. Whether anything is blocked is the policy's decision",
    ),
  doubt_from: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      "Least confidence of what is not reported and may be put to a second opinion. Left out: the zone of `second_opinion`, where that is configured",
    ),
});
export type ClassifierSettings = Readonly<z.infer<typeof ClassifierSettings>>;

/** What one text scored, with its explanation; spans are those of the form it was found in. */
interface Score {
  readonly confidence: number;
  readonly kind: string;
  readonly clues: readonly Clue[];
  readonly start: number;
  readonly end: number;
  readonly form: TextForm;
}

interface Found {
  readonly passage: Passage;
  readonly form: TextForm;
  readonly logOdds: number;
}

/** Kinds that are a matter of the `jailbreak` detector; all others are injections. */
const JAILBREAK = "jailbreak";

const createClassifier = (model: InjectionModel) => {
  const scorer = createScorer(model);

  const isPlain = (form: TextForm, text: string, { from, to }: Passage): boolean =>
    standsInOriginal(form, scorer.tokens.starts[from] ?? 0, scorer.tokens.ends[to - 1] ?? 0, text);

  const strongest = ({ forms, text }: PreparedText, provenance: Provenance): Found | undefined => {
    const group = model.groups[groupOf(provenance)];
    let found: Found | undefined;
    let original = Number.NEGATIVE_INFINITY;
    for (const form of forms) {
      if (form.view === "normalised" && readsAlike(form.text, text)) continue;
      const passage = scorer.strongest(form.text, group);
      if (passage === undefined) continue;
      const plain = logOddsOf(passage.sum, group, provenance);
      const logOdds = plain + disguiseBonus(form.view, plain, original);
      if (form.view === "original") original = plain;
      if (found !== undefined && logOdds <= found.logOdds) continue;
      if (isPlain(form, text, passage)) continue;
      found = { passage, form, logOdds };
    }
    return found;
  };

  /** Explains what was found; reading the form again is paid only for what is reported. */
  const explained = ({ form, passage, logOdds }: Found, provenance: Provenance): Score => {
    const group = model.groups[groupOf(provenance)];
    scorer.strongest(form.text, group);
    const brought = scorer.contributions(passage, group);
    return {
      confidence: chanceOf(logOdds),
      kind: kindOf(model, scorer.tokens, passage),
      clues: explain(model, scorer.tokens, form.text, passage.from, brought),
      ...evidenceSpan(scorer.tokens, passage.from, brought),
      form,
    };
  };
  return { strongest, explained };
};

type Classifier = ReturnType<typeof createClassifier>;
let shipped: Classifier | undefined;
const classifier = (): Classifier => (shipped ??= createClassifier(shippedModel()));

interface Remembered {
  readonly provenance: Provenance;
  readonly found: Found | undefined;
  score?: Score;
}
// Two detectors ask for the same text one after the other; it is read once.
const remembered = new WeakMap<PreparedText, Remembered>();

const recall = (prepared: PreparedText, provenance: Provenance): Remembered => {
  const known = remembered.get(prepared);
  if (known?.provenance === provenance) return known;
  const fresh: Remembered = { provenance, found: classifier().strongest(prepared, provenance) };
  remembered.set(prepared, fresh);
  return fresh;
};

/** Log-odds that a text is an attack, whether reported or not; minus infinity for a text without words. */
export const classifierLogOdds = ({ prepared, provenance }: Subject): number =>
  recall(prepared, provenance).found?.logOdds ?? Number.NEGATIVE_INFINITY;

const scoreOf = (prepared: PreparedText, provenance: Provenance, reportFrom: number): Score | undefined => {
  const known = recall(prepared, provenance);
  if (known.found === undefined || chanceOf(known.found.logOdds) < reportFrom) return undefined;
  return (known.score ??= classifier().explained(known.found, provenance));
};

/** What tells one detector from the other. */
export interface ClassifiedCategory {
  readonly category: Extract<Category, "prompt_injection" | "jailbreak">;
  /** What a match is, for its reason: `Looks like prompt injection`. */
  readonly noun: string;
}

/** At most one detection, of the strongest passage in the strongest form. */
export const createClassifierInspection =
  ({ category, noun }: ClassifiedCategory) =>
  ({ report_from: reportFrom }: ClassifierSettings) =>
  ({ prepared, provenance }: Subject): Inspection => {
    const score = scoreOf(prepared, provenance, reportFrom);
    if (score === undefined || (score.kind === JAILBREAK) !== (category === "jailbreak")) return completed();
    return completed([detectionOf(category, noun, score)]);
  };

const detectionOf = (
  category: Category,
  noun: string,
  { confidence, kind, clues, start, end, form }: Score,
): Detection => {
  const why = clues
    .filter(({ weight }) => weight > 0)
    .slice(0, 2)
    .map((one) => `“${one.text}” (${one.why})`);
  const where = form.path === "" ? "" : ` in text hidden as ${form.path}`;
  return {
    category,
    type: kind,
    confidence,
    severity: severityOf(confidence),
    ...form.origin(start, end),
    reason: `${noun}${where}${why.length === 0 ? "" : `: ${why.join("; ")}`}.`,
    view: form.view,
    clues: [...clues],
  };
};
