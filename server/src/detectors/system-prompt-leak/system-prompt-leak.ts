import { z } from "zod";
import { completed, defineDetector, type Detection, type TextForm } from "../detector.ts";
import { longestOverlap } from "./prompt-overlap.ts";

const Settings = z.strictObject({
  words_min: z
    .int()
    .min(8)
    .default(14)
    .describe("Shortest passage, in words, that may count as a leak; shorter system prompts never do"),
});

/** Responses and tool arguments that repeat the system prompt or a planted canary. */
export const systemPromptLeak = defineDetector({
  id: "system-prompt-leak",
  version: "1",
  title: "System prompt leak",
  description: "Finds planted canaries and long passages of the system prompt in what the model says.",
  categories: ["system_prompt_leak"],
  contextual: true,
  skips: (_, direction) => (direction === "request" ? "only what the model says can leak its prompt" : undefined),
  stream: { kind: "window", stride: 512, reach: 8192 },
  settings: Settings,
  create: (settings) => (subject) => {
    const { canaries, systemPrompts } = subject.context;
    if (canaries.length === 0 && systemPrompts.length === 0) return completed();
    const detections: Detection[] = [];
    for (const form of subject.prepared.forms) {
      for (const canary of canaries) {
        const span = findCanary(form.text, canary);
        if (span !== undefined) detections.push(canaryDetection(form, span));
      }
      const overlap = longestOverlap(form.text, systemPrompts, settings.words_min);
      if (overlap === undefined || overlap.words < settings.words_min) continue;
      // A long passage or most of the prompt; either alone is enough, both together are certain.
      const confidence = Math.min(
        0.97,
        0.5 + Math.min(0.35, (overlap.words - settings.words_min) / 60) + overlap.share * 0.35,
      );
      detections.push({
        category: "system_prompt_leak",
        type: "prompt-overlap",
        confidence,
        severity: confidence >= 0.8 ? "high" : "medium",
        ...form.origin(overlap.start, overlap.end),
        reason: `${overlap.words} words in a row follow the system prompt${form.path === "" ? "" : ` behind ${form.path}`}, ${Math.round(overlap.share * 100)} % of it in all`,
        view: form.view,
      });
    }
    return completed(detections);
  },
});

const canaryDetection = (form: TextForm, { start, end }: { start: number; end: number }): Detection => ({
  category: "system_prompt_leak",
  type: "canary",
  confidence: 0.99,
  severity: "critical",
  ...form.origin(start, end),
  reason: `The canary planted in the system prompt stands in the response${form.path === "" ? "" : ` behind ${form.path}`}`,
  view: form.view,
});

const CANARY_UNITS_MIN = 8;

// Also backwards, and with something between its characters: a model asked to spell the prompt out does so.
const findCanary = (text: string, canary: string): { start: number; end: number } | undefined => {
  if (canary.length < CANARY_UNITS_MIN) return undefined;
  const lower = text.toLowerCase();
  const wanted = canary.toLowerCase();
  for (const needle of [wanted, Array.from(wanted).reverse().join("")]) {
    const at = lower.length === text.length ? lower.indexOf(needle) : text.indexOf(canary);
    if (at >= 0) return { start: at, end: at + needle.length };
  }
  return findSpelled(lower.length === text.length ? lower : text, wanted.replaceAll(/[^a-z0-9]/g, ""));
};

const SEPARATORS_MAX = 3;

const findSpelled = (text: string, wanted: string): { start: number; end: number } | undefined => {
  if (wanted.length < CANARY_UNITS_MIN) return undefined;
  for (let start = text.indexOf(wanted.charAt(0)); start >= 0; start = text.indexOf(wanted.charAt(0), start + 1)) {
    let at = start + 1;
    let matched = 1;
    let skipped = 0;
    while (matched < wanted.length && at < text.length && skipped <= SEPARATORS_MAX) {
      if (text.charAt(at) === wanted.charAt(matched)) {
        matched++;
        skipped = 0;
      } else if (isAlphanumeric(text.charCodeAt(at))) break;
      else skipped++;
      at++;
    }
    if (matched === wanted.length) return { start, end: at };
  }
  return undefined;
};

const isAlphanumeric = (unit: number): boolean => (unit >= 48 && unit <= 57) || (unit >= 97 && unit <= 122);
