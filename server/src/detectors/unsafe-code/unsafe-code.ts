import { z } from "zod";
import { completed, defineDetector, type Detection } from "../detector.ts";
import { onePerPlace } from "../one-per-place.ts";
import { clueOf, confidenceOf } from "../weigh.ts";
import { circumstancesOf } from "./circumstances.ts";
import type { CodePattern } from "./code-patterns.ts";
import { PROGRAM_PATTERNS } from "./program-patterns.ts";
import { SHELL_PATTERNS } from "./shell-patterns.ts";

const Settings = z.strictObject({
  report_from: z.number().min(0).max(1).default(0.5).describe("Least confidence that is reported"),
});

const PATTERNS: readonly CodePattern[] = [...SHELL_PATTERNS, ...PROGRAM_PATTERNS];
// One literal may belong to several patterns; one hit tries them all.
const LITERALS = [...new Set(PATTERNS.flatMap(({ literals }) => literals))];
const PATTERNS_OF: readonly (readonly CodePattern[])[] = LITERALS.map((literal) =>
  PATTERNS.filter(({ literals }) => literals.includes(literal)),
);

const HITS_MAX = 400;
const DETECTIONS_MAX = 50;

/** Code and commands in output that destroy, open a door or run what is not known. */
export const unsafeCode = defineDetector({
  id: "unsafe-code",
  version: "1",
  title: "Unsafe code",
  description:
    "Finds commands and code in answers and tool calls that destroy data, switch off checks, run text from elsewhere or open a way in.",
  categories: ["unsafe_code"],
  contextual: false,
  skips: (provenance, direction) =>
    direction === "response" && (provenance === "model" || provenance === "tool-arguments")
      ? undefined
      : "only what the model writes is run by somebody",
  literals: LITERALS,
  stream: { kind: "window", stride: 512, reach: 2048 },
  settings: Settings,
  create: (settings) => (subject) => {
    const { prepared, provenance } = subject;
    const isRun = provenance === "tool-arguments";
    const detections: Detection[] = [];
    for (const hit of subject.hits.slice(0, HITS_MAX)) {
      const form = prepared.forms[hit.form];
      // A skeleton has lost the signs that code is made of.
      if (form === undefined || form.view === "skeleton" || isInWord(form.text, hit.start)) continue;
      for (const pattern of PATTERNS_OF[hit.literal] ?? []) {
        const end = matchEnd(form.text, hit.start, pattern);
        if (end === 0) continue;
        const matched = pattern.isSecret === true ? pattern.type : form.text.slice(hit.start, end);
        const clues = [
          clueOf(matched, pattern.weight, pattern.what),
          ...circumstancesOf(form, hit.start, end, pattern, isRun),
        ];
        const confidence = confidenceOf(clues);
        if (confidence < settings.report_from) continue;
        detections.push({
          category: "unsafe_code",
          type: pattern.type,
          confidence,
          // What a tool is about to run is one step further than what a reader may run.
          severity: isRun && confidence >= 0.8 ? "high" : confidence >= 0.7 ? "medium" : "low",
          ...form.origin(hit.start, end),
          reason: `${isRun ? "A tool call" : "Code in the answer"} ${pattern.what}${form.path === "" ? "" : ` behind ${form.path}`}`,
          view: form.view,
          clues,
        });
      }
    }
    return completed(onePerPlace(detections, DETECTIONS_MAX));
  },
});

const matchEnd = (text: string, start: number, { pattern }: CodePattern): number => {
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  return match === null ? 0 : start + match[0].length;
};

// `alarm -` is no `rm -`, `medieval(` no `eval(`.
const isInWord = (text: string, at: number): boolean => {
  if (!/[a-z]/i.test(text.charAt(at))) return false;
  return /[a-z0-9]/i.test(text.charAt(at - 1));
};
