import type { Clue } from "@parapet/model";
import { z } from "zod";
import { completed, defineDetector, type Detection, type TextForm } from "../detector.ts";
import { onePerPlace } from "../one-per-place.ts";
import { sentenceAround } from "../sentences.ts";
import { clueOf, confidenceOf } from "../weigh.ts";
import { OTHER_REFUSALS } from "./other-refusals.ts";
import type { RefusalLanguage } from "./refusal-language.ts";
import { WESTERN_REFUSALS } from "./western-refusals.ts";

const Settings = z.strictObject({
  report_from: z.number().min(0).max(1).default(0.5).describe("Least confidence that is reported"),
});

const LANGUAGES = [...WESTERN_REFUSALS, ...OTHER_REFUSALS];
const WORDS = LANGUAGES.flatMap((language) => language.literals.map((literal) => ({ literal, language })));

const SENTENCE_UNITS_MAX = 300;
const HITS_MAX = 64;
const DETECTIONS_MAX = 8;

/** Answers that decline: no threat, but how often a model refuses, and whom, is worth knowing. */
export const refusal = defineDetector({
  id: "refusal",
  version: "1",
  title: "Refusal",
  description:
    "Finds answers in which the model declines what was asked. A measure, not a threat: nothing acts on it by default.",
  categories: ["refusal"],
  contextual: false,
  skips: (provenance, direction) =>
    direction === "response" && provenance === "model" ? undefined : "only an answer can refuse",
  literals: WORDS.map(({ literal }) => literal),
  stream: { kind: "window", stride: 512, reach: 1024 },
  settings: Settings,
  create: (settings) => (subject) => {
    const { forms } = subject.prepared;
    const detections: Detection[] = [];
    for (const hit of subject.hits.slice(0, HITS_MAX)) {
      const form = forms[hit.form];
      const word = WORDS[hit.literal];
      // What is hidden or encoded in an answer is not said to the reader.
      if (form === undefined || word === undefined || form.view !== "original") continue;
      const detection = refusalAt(form, hit.start, word.language);
      if (detection !== undefined && detection.confidence >= settings.report_from) detections.push(detection);
    }
    return completed(onePerPlace(detections, DETECTIONS_MAX));
  },
});

const refusalAt = (form: TextForm, at: number, language: RefusalLanguage): Detection | undefined => {
  const { text } = form;
  const { start, end } = sentenceAround(text, at, SENTENCE_UNITS_MAX);
  const sentence = text.slice(start, end);
  const core = language.core.exec(sentence);
  if (core === null || isQuoted(text, start, at)) return undefined;
  // What follows often gives the reason or an offer.
  const next = text.slice(end, end + SENTENCE_UNITS_MAX);
  const clues: Clue[] = [{ text: "refusal", weight: -1.6, why: "how rare refusals are" }];
  const weigh = (pattern: RegExp, within: string, weight: number, why: string): void => {
    const found = pattern.exec(within);
    if (found !== null) clues.push(clueOf(found[0].trim(), weight, why));
  };
  clues.push(clueOf(core[0], 1.2, "the speaker will not do something"));
  weigh(language.object, sentence, 1.2, "what is declined is the request");
  weigh(language.apology, text.slice(Math.max(0, start - 60), end), 0.7, "an apology");
  weigh(language.reason, sentence + next, 1, "a rule or a danger as the reason");
  weigh(language.alternative, next, 0.4, "something else is offered");
  weigh(language.inability, sentence, -1.6, "something is missing, which is no refusal");
  const confidence = confidenceOf(clues);
  return {
    category: "refusal",
    type: confidence >= 0.75 ? "refusal" : "likely-refusal",
    confidence,
    severity: "low",
    ...form.origin(start, end),
    reason: `The answer declines what was asked (${language.language})`,
    view: form.view,
    clues,
  };
};

// A refusal that is quoted belongs to somebody else.
const isQuoted = (text: string, start: number, at: number): boolean => {
  const before = text.slice(Math.max(0, start - 1), at);
  const quotes = before.match(/["“”«»„]/g)?.length ?? 0;
  return quotes % 2 === 1;
};
