import { type ProbeAnswer, type ProbeRun } from "@parapet/model";
import { median, round } from "../baseline/statistics.ts";
import { nameCell } from "../features/cells.ts";
import { differingBits, textSignature, wordsOf } from "../features/signature.ts";
import { outputFeatures } from "../features/text-features.ts";

/** What is kept of an answer to a probe: numbers, no text. `digest` is a keyed hash of it. */
export const probeAnswer = (text: string, digest: string, seed: number): ProbeAnswer => {
  const { cells, refusal } = outputFeatures(text, text.length, seed);
  const language = cells.find((cell) => cell.startsWith(nameCell("output.language", "")));
  return {
    digest,
    signature: textSignature(wordsOf(text), seed) ?? 0,
    length: text.length,
    refused: refusal,
    language: language?.slice(language.indexOf("=") + 1) ?? "",
  };
};

/** Earlier runs before anything is said: how much a model differs from itself has to be known. */
const EARLIER_MIN = 3;
const BITS_MORE = 5;
const SHARE_MORE = 0.25;

export interface ProbeVerdict {
  readonly changed: boolean;
  readonly sentence: string;
}

const bitsBetween = (left: ProbeRun, right: ProbeRun): number => {
  const bits = left.answers.flatMap((answer, at) => {
    const other = right.answers[at];
    return other === undefined ? [] : [differingBits(answer.signature, other.signature)];
  });
  return bits.reduce((sum, one) => sum + one, 0) / Math.max(1, bits.length);
};
const share = ({ answers }: ProbeRun, holds: (answer: ProbeAnswer) => boolean): number =>
  answers.filter(holds).length / Math.max(1, answers.length);
const sameAnswers = (left: ProbeRun, right: ProbeRun): number =>
  left.answers.filter(({ digest }, at) => digest === right.answers[at]?.digest).length;

/** Whether a model answers the same prompts otherwise than it did, beyond how it varies by itself. Newest run first. */
export const judgeProbe = (run: ProbeRun, earlier: readonly ProbeRun[]): ProbeVerdict => {
  const same = earlier.filter(({ prompts }) => prompts === run.prompts);
  // After a change the model is another one, whose own variation is learned anew.
  const changedAt = same.findIndex(({ changed }) => changed);
  const alike = changedAt === -1 ? same : same.slice(0, changedAt + 1);
  const [last] = alike;
  if (last === undefined || alike.length < EARLIER_MIN)
    return {
      changed: false,
      sentence: `learning: ${Math.min(alike.length, EARLIER_MIN)} of ${EARLIER_MIN} earlier runs`,
    };
  const own = alike.slice(1).map((one, at) => bitsBetween(one, alike[at] ?? one));
  const ordinary = median(own);
  const seen = bitsBetween(run, last);
  const most = Math.max(...own) + BITS_MORE;
  const refused = share(run, (answer) => answer.refused);
  const refusedBefore = median(alike.map((one) => share(one, (answer) => answer.refused)));
  const changed = seen > most || Math.abs(refused - refusedBefore) >= SHARE_MORE;
  return {
    changed,
    sentence: `${sameAnswers(run, last)} of ${run.answers.length} answers are the same as before, they differ by ${round(seen, 1)} of 44 bits (ordinarily ${round(ordinary, 1)}, threshold ${round(most, 1)}), ${Math.round(100 * refused)}% are refused (before: ${Math.round(100 * refusedBefore)}%), from ${alike.length} earlier runs`,
  };
};
