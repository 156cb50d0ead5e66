import type { Clue } from "@parapet/model";
import { CLASS_LABELS } from "./class-labels.ts";
import type { InjectionModel } from "./model.ts";
import type { Tokens } from "./tokens.ts";

const CLUES_MAX = 8;
const CLUE_UNITS_MAX = 80;
/** Log-odds below which a word is not worth naming. */
const WEIGHT_MIN = 0.08;
const LABELS_MAX = 3;

const clip = (text: string): string => (text.length > CLUE_UNITS_MAX ? `${text.slice(0, CLUE_UNITS_MAX - 1)}…` : text);

interface Run {
  from: number;
  to: number;
  weight: number;
}

/** Neighbouring words that pull the same way; one weak word between them does not part them. */
const runsOf = (brought: Float64Array): Run[] => {
  const runs: Run[] = [];
  let current: Run | undefined;
  brought.forEach((weight, at) => {
    if (Math.abs(weight) < WEIGHT_MIN) return;
    if (current !== undefined && at - current.to <= 1 && Math.sign(current.weight) === Math.sign(weight)) {
      current.to = at + 1;
      current.weight += weight;
      return;
    }
    current = { from: at, to: at + 1, weight };
    runs.push(current);
  });
  return runs;
};

const labelsOf = (model: InjectionModel, tokens: Tokens, from: number, to: number): string[] => {
  const labels = new Set<string>();
  for (let i = from; i < to; i += 1)
    for (let rest = tokens.classes[i] ?? 0; rest !== 0; rest >>>= 8) {
      const label = CLASS_LABELS[model.classNames[(rest & 0xff) - 1] ?? ""];
      if (label !== undefined) labels.add(label);
    }
  return [...labels].slice(0, LABELS_MAX);
};

/**
 * The strongest pieces of evidence and counter-evidence, strongest first.
 *
 * @param from the first token of `brought` in `tokens`
 */
export const explain = (
  model: InjectionModel,
  tokens: Tokens,
  text: string,
  from: number,
  brought: Float64Array,
): Clue[] =>
  runsOf(brought)
    .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, CLUES_MAX)
    .map(({ from: first, to, weight }) => {
      const start = tokens.starts[from + first] ?? 0;
      const end = tokens.ends[from + to - 1] ?? start;
      // A pair's weight stands at its second word: the word before belongs to what is explained.
      const labels = labelsOf(model, tokens, Math.max(0, from + first - 1), from + to);
      const plain = weight > 0 ? "wording of attacks" : "wording of harmless text";
      return {
        text: clip(text.slice(start, end)),
        weight: Math.round(weight * 100) / 100,
        why: labels.length === 0 ? plain : labels.join(", "),
      };
    });

/** The words that carry the evidence: from the first to the last run that speaks for an attack. */
export const evidenceSpan = (tokens: Tokens, from: number, brought: Float64Array): { start: number; end: number } => {
  const supporting = runsOf(brought).filter(({ weight }) => weight > 0);
  const strongest = Math.max(0, ...supporting.map(({ weight }) => weight));
  const telling = supporting.filter(({ weight }) => weight >= strongest * 0.25);
  const first = telling[0]?.from ?? 0;
  const last = telling.at(-1)?.to ?? brought.length;
  // The word before the first belongs to it when the weight came from a pair.
  return {
    start: tokens.starts[from + Math.max(0, first - 1)] ?? 0,
    end: tokens.ends[from + last - 1] ?? 0,
  };
};
