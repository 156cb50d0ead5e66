import { z } from "zod";
import { completed, defineDetector, type Detection, type LiteralHit, type TextForm } from "../detector.ts";
import { createLiteralAutomaton } from "../literal-automaton.ts";
import { codeRanges } from "./fences.ts";
import { MARKUP_PATTERNS, type MarkupPattern } from "./markup-patterns.ts";

const Settings = z.strictObject({
  confidence_min: z.number().min(0).max(1).default(0.2).describe("Matches below this are not reported"),
});

// One literal may belong to several patterns; one hit tries them all.
const LITERALS = [...new Set(MARKUP_PATTERNS.flatMap(({ literals }) => literals))];
const PATTERNS_OF: readonly (readonly MarkupPattern[])[] = LITERALS.map((literal) =>
  MARKUP_PATTERNS.filter(({ literals }) => literals.includes(literal)),
);

// `javascr` at the end of what has come may go on.
const BEGINNINGS = createLiteralAutomaton(LITERALS);

const DETECTIONS_MAX = 200;

// What may still become a command or an address that runs, at the end of the last line. Names that are English words
// too (`fetch`, `data:`) count only with what a command has behind them, or prose would wait for the end of its line.
const COMMAND_START =
  /\b(?:curl|wget|iex|invoke-expression|downloadstring|powershell|ncat?|mkfs|dd)\b|-encodedcommand\b|\bfetch(?:\s{0,4}$|\s{1,4}(?:[-"'$]|\S{0,300}[./:]))|\b(?:base64|rm)(?:\s{0,4}$|\s{1,4}-)|\/dev\/(?:tcp|udp)\/[\w.$-]{0,120}\/?$|\bdata:[\w/+-]{0,40}$|\b(?:java|vb)script:\s{0,8}$|^[=+@-]\w{0,12}$/i;

/** Output that acts on whatever displays or runs it: browsers, terminals, shells, spreadsheets. */
export const unsafeMarkup = defineDetector({
  id: "unsafe-markup",
  version: "1",
  title: "Unsafe markup",
  description: "Finds scripts, event handlers, terminal escapes, one-line shell attacks and formulas in output.",
  categories: ["unsafe_markup"],
  contextual: false,
  skips: (provenance, direction) =>
    direction === "response" || provenance === "tool-arguments" || provenance === "tool-result"
      ? undefined
      : "only output is shown or run by something",
  literals: LITERALS,
  stream: {
    kind: "span",
    reach: 768,
    holdFrom: (window) => {
      const tag = window.lastIndexOf("<");
      const escape = Math.max(window.lastIndexOf("\u001b"), window.lastIndexOf("\u009d"));
      const line = window.lastIndexOf("\n") + 1;
      const open = tag >= 0 && !window.includes(">", tag) ? tag : window.length;
      // A command is complete at the end of its line; the hold is bounded by the engine.
      const command = COMMAND_START.exec(window.slice(line));
      return Math.min(
        window.length - BEGINNINGS.begun(window),
        open,
        window.length - escape <= 16 && escape >= 0 ? escape : window.length,
        command === null ? window.length : line + command.index,
      );
    },
  },
  settings: Settings,
  create: (settings) => (subject) => {
    const { forms } = subject.prepared;
    const isOutput = subject.provenance !== "tool-arguments";
    const detections: Detection[] = [];
    const isCodeIn = new Map<number, (at: number) => boolean>();
    for (const hit of subject.hits) {
      const form = forms[hit.form];
      if (form === undefined || detections.length >= DETECTIONS_MAX) break;
      for (const pattern of PATTERNS_OF[hit.literal] ?? []) {
        const end = matchEnd(form, hit, pattern);
        if (end === 0) continue;
        const isCode = isCodeIn.get(hit.form) ?? codeRanges(form.text);
        isCodeIn.set(hit.form, isCode);
        // Arguments of tools are acted on whatever stands around them.
        const isShown =
          (isOutput && isCode(hit.start)) || (pattern.type === "event-handler" && isComponent(form.text, hit.end));
        const confidence = isShown ? pattern.shown : pattern.live;
        if (confidence < settings.confidence_min) continue;
        detections.push({
          category: "unsafe_markup",
          type: pattern.type,
          confidence,
          severity: confidence < 0.5 ? "low" : pattern.severity,
          ...form.origin(hit.start, end),
          reason: `In the text ${pattern.what}${confidence === pattern.live ? "" : ", shown as code"}`,
          view: form.view,
        });
      }
    }
    return completed(detections);
  },
});

const matchEnd = (form: TextForm, hit: LiteralHit, { pattern, type }: MarkupPattern): number => {
  const { text } = form;
  // Escapes written out (`\x1b[31m`) are talked about, not sent.
  if (type.endsWith("-escape") && form.view === "decoded") return 0;
  pattern.lastIndex = hit.start;
  const match = pattern.exec(text);
  if (match === null) return 0;
  if (type === "script" && isTypeArgument(text, hit.start)) return 0;
  if (type === "event-handler" && !isInTag(text, hit.start)) return 0;
  if (type.startsWith("formula") && !startsCell(text, hit.start)) return 0;
  const before = text.charCodeAt(hit.start - 1);
  const isWord = (before >= 48 && before <= 57) || ((before | 32) >= 97 && (before | 32) <= 122);
  return isWord && /^[a-z]/i.test(match[0]) ? 0 : hit.start + match[0].length;
};

// `Array<Script>` names a type; a live element in the same place is closed somewhere.
const isTypeArgument = (text: string, at: number): boolean =>
  at > 0 && /\w/.test(text.charAt(at - 1)) && text.startsWith(">", at + "<script".length) && !/<\/script/i.test(text);

// `onClick={() => save()}` and `onClick={save}` are source code of a component. As HTML they call nothing: there the
// value ends at the arrow, and a name alone does nothing.
const COMPONENT_HANDLER =
  /\s{0,4}=\s{0,4}\{\s{0,8}(?:(?:async\s)?(?:\([\w\s,{}:.]{0,80}\)|\w{1,40})\s{0,4}=>|[\w.]{1,80}\s{0,8}\})/y;

const isComponent = (text: string, at: number): boolean => {
  COMPONENT_HANDLER.lastIndex = at;
  return COMPONENT_HANDLER.test(text);
};

const TAG_UNITS_MAX = 1000;

const isInTag = (text: string, at: number): boolean => {
  const before = text.slice(Math.max(0, at - TAG_UNITS_MAX), at);
  const open = before.lastIndexOf("<");
  return open >= 0 && /^<[a-z!/]/i.test(before.slice(open, open + 2)) && !before.includes(">", open);
};

const startsCell = (text: string, at: number): boolean => at === 0 || ",;\t\n\r\"'|".includes(text.charAt(at - 1));
