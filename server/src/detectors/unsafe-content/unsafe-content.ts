import type { Clue } from "@parapet/model";
import { z } from "zod";
import { completed, defineDetector, type Detection, type LiteralHit, type TextForm } from "../detector.ts";
import { onePerPlace } from "../one-per-place.ts";
import { sentenceAround } from "../sentences.ts";
import { clueOf, confidenceOf } from "../weigh.ts";
import { KINDS, type ContentKind } from "./kinds.ts";
import { CONTENT_RULES } from "./rules.ts";

const Settings = z.strictObject({
  report_from: z.number().min(0).max(1).default(0.5).describe("Least confidence that is reported"),
  kinds: z
    .array(z.enum(KINDS))
    .default([...KINDS])
    .describe("What is looked for"),
});

interface Word {
  readonly literal: string;
  /** Whether it may go on, as `suicid*` does. */
  readonly isOpen: boolean;
  readonly kinds: readonly { readonly kind: ContentKind; readonly weight: number }[];
}

const WORDS: readonly Word[] = (() => {
  const words = new Map<string, Word>();
  for (const kind of KINDS) {
    for (const [name, weight] of Object.entries(CONTENT_RULES[kind].words)) {
      const isOpen = name.endsWith("*");
      const literal = isOpen ? name.slice(0, -1) : name;
      const key = `${literal} ${isOpen ? "open" : ""}`;
      words.set(key, { literal, isOpen, kinds: [...(words.get(key)?.kinds ?? []), { kind, weight }] });
    }
  }
  return [...words.values()];
})();

const LITERALS = [...new Set(WORDS.map(({ literal }) => literal))];
const WORDS_OF: readonly (readonly Word[])[] = LITERALS.map((literal) =>
  WORDS.filter((word) => word.literal === literal),
);

const HITS_MAX = 300;
const SENTENCE_UNITS_MAX = 300;
const DETECTIONS_MAX = 20;
const BASE: Clue = { text: "unsafe content", weight: -3, why: "how rare it is" };

/** Words of users and answers that hurt, threaten, or ask for help with harm: hints, in English. */
export const unsafeContent = defineDetector({
  id: "unsafe-content",
  version: "1",
  title: "Unsafe content",
  description:
    "Weak signs of insults, self-harm, violence, sexual content and requests for dangerous help, in what users and models write. English only.",
  categories: ["unsafe_content"],
  contextual: false,
  skips: (provenance) =>
    provenance === "user" || provenance === "model"
      ? undefined
      : "documents and tools tell of such things; users and models say them",
  literals: LITERALS,
  stream: { kind: "window", stride: 1024, reach: 1024 },
  settings: Settings,
  create: (settings) => {
    const wanted = new Set(settings.kinds);
    return (subject) => {
      const detections: Detection[] = [];
      // Hits come in order of form and place: those of one sentence stand together.
      let sentence: { readonly form: number; readonly end: number; readonly hits: LiteralHit[] } | undefined;
      const finish = (): void => {
        const form = sentence === undefined ? undefined : subject.prepared.forms[sentence.form];
        if (form !== undefined && sentence !== undefined)
          detections.push(...weighSentence(form, sentence.hits, wanted));
        sentence = undefined;
      };
      for (const hit of subject.hits.slice(0, HITS_MAX)) {
        const form = subject.prepared.forms[hit.form];
        if (form === undefined || !isWord(form.text, hit)) continue;
        if (sentence !== undefined && (hit.form !== sentence.form || hit.start >= sentence.end)) finish();
        sentence ??= { form: hit.form, end: sentenceAround(form.text, hit.start, SENTENCE_UNITS_MAX).end, hits: [] };
        sentence.hits.push(hit);
      }
      finish();
      return completed(
        onePerPlace(
          detections.filter(({ confidence }) => confidence >= settings.report_from),
          DETECTIONS_MAX,
        ),
      );
    };
  },
});

const isLetter = (text: string, at: number): boolean => /\p{L}/u.test(text.charAt(at));

const isWord = (text: string, { start, end, literal }: LiteralHit): boolean =>
  !isLetter(text, start - 1) && (WORDS_OF[literal]?.some(({ isOpen }) => isOpen) === true || !isLetter(text, end));

const weighSentence = (form: TextForm, hits: readonly LiteralHit[], wanted: ReadonlySet<ContentKind>): Detection[] => {
  const [first] = hits;
  if (first === undefined) return [];
  const { start, end } = sentenceAround(form.text, first.start, SENTENCE_UNITS_MAX);
  const sentence = form.text.slice(start, end);
  return [...wanted].flatMap((kind): Detection[] => {
    const rule = CONTENT_RULES[kind];
    const clues = [BASE];
    const seen = new Set<number>();
    let until = -1;
    for (const hit of hits) {
      const weight = WORDS_OF[hit.literal]
        ?.find(({ kinds }) => kinds.some((one) => one.kind === kind))
        ?.kinds.find((one) => one.kind === kind)?.weight;
      // A word inside a longer expression counts once.
      if (weight === undefined || seen.has(hit.literal) || hit.start < until) continue;
      seen.add(hit.literal);
      until = hit.end;
      clues.push(clueOf(form.text.slice(hit.start, hit.end), seen.size > 1 ? weight / 2 : weight, "such words"));
    }
    if (seen.size === 0) return [];
    for (const { pattern, weight, why } of rule.signs) {
      const found = pattern.exec(sentence);
      if (found !== null) clues.push(clueOf(found[0], weight, why));
    }
    const confidence = confidenceOf(clues);
    return [
      {
        category: "unsafe_content",
        type: kind,
        confidence,
        severity: kind === "self-harm" && confidence >= 0.75 ? "medium" : "low",
        ...form.origin(start, end),
        reason: `The text ${rule.what}`,
        view: form.view,
        clues,
      },
    ];
  });
};
