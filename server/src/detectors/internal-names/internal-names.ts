import { z } from "zod";
import { completed, defineDetector, type Detection, type TextForm } from "../detector.ts";
import { createLiteralAutomaton } from "../literal-automaton.ts";
import { compilePattern, patternProblem } from "./name-patterns.ts";
import { winnow } from "./winnowing.ts";

const Pattern = z.strictObject({
  name: z.string().min(1).describe("What the pattern finds, shown in reasons"),
  pattern: z
    .string()
    .min(1)
    .superRefine((source, context) => {
      const problem = patternProblem(source);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    })
    .describe("Regular expression in RE2 syntax; time is linear in the text"),
  ignore_case: z.boolean().default(true).describe("Whether upper and lower case are the same"),
});

const Settings = z.strictObject({
  names: z
    .array(z.string().min(3))
    .default([])
    .describe("Internal names: projects, hosts, customers. Whole words, any case"),
  patterns: z.array(Pattern).default([]).describe("Internal names that follow a form, such as ticket numbers"),
  documents: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("Shown in reasons"),
        text: z.string().describe("The document's text"),
      }),
    )
    .default([])
    .describe("Documents whose passages are internal; only fingerprints of them are kept"),
  passages_min: z
    .int()
    .positive()
    .default(3)
    .describe("Fingerprints of one document that must be found; one stands for about four words"),
});

const DETECTIONS_MAX = 100;
// The linear engine reads about 10 MB/s; more than this would hold up everything else.
const PATTERN_UNITS_MAX = 512 * 1024;

/** The operator's own names, patterns and documents. Does nothing until some are configured. */
export const internalNames = defineDetector({
  id: "internal-names",
  version: "1",
  title: "Internal names",
  description: "Finds the operator's internal names, and passages of internal documents.",
  categories: ["internal_name"],
  contextual: false,
  stream: { kind: "window", stride: 1024, reach: 4096 },
  settings: Settings,
  create: (settings) => {
    const names = [...new Set(settings.names.map((name) => name.toLowerCase()))];
    const automaton = createLiteralAutomaton(names);
    const patterns = settings.patterns.map(({ name, pattern, ignore_case }) =>
      compilePattern(name, pattern, ignore_case),
    );
    const documents = settings.documents.map(({ name, text }) => ({
      name,
      hashes: new Set(winnow(text).map(({ hash }) => hash)),
    }));
    if (names.length + patterns.length + documents.length === 0) return () => completed();

    return ({ prepared }) => {
      const detections: Detection[] = [];
      const add = (
        form: TextForm,
        type: string,
        start: number,
        end: number,
        confidence: number,
        reason: string,
      ): void => {
        if (detections.length >= DETECTIONS_MAX) return;
        const behind = form.path === "" ? "" : ` behind ${form.path}`;
        detections.push({
          category: "internal_name",
          type,
          confidence,
          severity: "medium",
          ...form.origin(start, end),
          reason: `${reason}${behind}`,
          view: form.view,
        });
      };
      let unread = false;
      for (const form of prepared.forms) {
        if (names.length > 0) {
          automaton.scan(form.text, (_, start, end) => {
            if (isWhole(form.text, start, end))
              add(form, "name", start, end, 0.9, "An internal name stands in the text");
          });
        }
        unread ||= patterns.length > 0 && form.text.length > PATTERN_UNITS_MAX;
        for (const { name, each } of patterns) {
          each(form.text.slice(0, PATTERN_UNITS_MAX), DETECTIONS_MAX, (start, end) => {
            add(form, "pattern", start, end, 0.85, `Text of the form “${name}” stands in the text`);
          });
        }
        if (documents.length > 0) {
          const prints = winnow(form.text);
          for (const { name, hashes } of documents) {
            const seen = prints.filter(({ hash }) => hashes.has(hash));
            const [first] = seen;
            const last = seen[seen.length - 1];
            if (first === undefined || last === undefined || seen.length < settings.passages_min) continue;
            const confidence = Math.min(0.97, 0.6 + seen.length * 0.04);
            add(
              form,
              "document",
              first.start,
              last.end,
              confidence,
              `Passages of the document “${name}” stand in the text`,
            );
          }
        }
      }
      return unread
        ? {
            outcome: "unscannable",
            detections,
            reason: `patterns were tried on the first ${PATTERN_UNITS_MAX / 1024} Ki units only`,
          }
        : completed(detections);
    };
  },
});

// Scripts without spaces between words have no ends of words to look for.
const WORD_UNIT =
  /[[\p{L}\p{N}_]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]]/v;
const isWordUnit = (text: string, at: number): boolean =>
  at >= 0 && at < text.length && WORD_UNIT.test(text.charAt(at));

// Only an edge that is a letter itself needs an end of word beside it.
const isWhole = (text: string, start: number, end: number): boolean =>
  !(isWordUnit(text, start) && isWordUnit(text, start - 1)) && !(isWordUnit(text, end - 1) && isWordUnit(text, end));
