import { z } from "zod";
import { completed, defineDetector, type Detection, type TextForm } from "../detector.ts";
import { payloadIn, type PayloadKind } from "./payload-evidence.ts";

const Settings = z.strictObject({
  urls: z.boolean().default(true).describe("Report encoded texts whose only sign is a web address (low confidence)"),
});

/** Encoded text that carries instructions, commands, live markup or addresses. */
export const encodedPayload = defineDetector({
  id: "encoded-payload",
  version: "1",
  title: "Encoded payload",
  description: "Finds instructions, commands and addresses behind base64, hex, escapes, rotation and reversal.",
  categories: ["encoded_payload"],
  contextual: false,
  stream: { kind: "window", stride: 2048, reach: 8192 },
  settings: Settings,
  create: (settings) => (subject) => {
    const { forms, text } = subject.prepared;
    if (forms.length === 1) return completed();
    const detections: Detection[] = [];
    for (const form of forms) {
      if (form.path === "" || form.path === "normalised" || form.path === "skeleton" || form.view === "normalised")
        continue;
      // Markup inside words may be no more than emphasis.
      if (form.view === "joined") continue;
      const payload = payloadIn(form.text);
      if (payload === undefined || (payload.kind === "url" && !settings.urls)) continue;
      const span = form.origin(payload.start, payload.end);
      // What can be read without decoding is not hidden by the encoding around it.
      if (isReadable(form, text, payload, span)) continue;
      const confidence = confidenceOf(payload.kind, form, text, span.start);
      if (confidence === 0) continue;
      detections.push({
        category: "encoded_payload",
        type: `encoded-${payload.kind}`,
        confidence,
        severity: confidence >= 0.75 ? "high" : confidence >= 0.5 ? "medium" : "low",
        ...span,
        reason: `${REASONS[payload.kind]} behind ${form.path}`,
        view: form.view,
      });
    }
    return completed(detections);
  },
});

const REASONS: Readonly<Record<PayloadKind, string>> = {
  instructions: "Words that give instructions stand",
  command: "A command for a shell or interpreter stands",
  markup: "Markup that runs code stands",
  url: "A web address stands",
};

interface Span {
  readonly start: number;
  readonly end: number;
}

const isReadable = (form: TextForm, text: string, payload: Span, origin: Span): boolean =>
  text
    .slice(origin.start, origin.end)
    .toLowerCase()
    .includes(form.text.slice(payload.start, payload.end).toLowerCase());

// Escapes are how addresses and pages are written; whole blocks and ciphers are chosen to hide or to carry.
const LIGHT_STEP = /^(?:url percent|html entities|backslash escapes|quoted-printable)(?: \+ |$)/;
const PRIOR: Readonly<Record<PayloadKind, { readonly block: number; readonly light: number }>> = {
  instructions: { block: 0.85, light: 0.6 },
  command: { block: 0.75, light: 0.4 },
  markup: { block: 0.65, light: 0.4 },
  url: { block: 0.35, light: 0 },
};

const confidenceOf = (kind: PayloadKind, form: TextForm, text: string, start: number): number => {
  const steps = form.path.split(" > ").filter((step) => step !== "normalised" && step !== "skeleton");
  const heavy = steps.filter((step) => !LIGHT_STEP.test(step)).length;
  // JSON web tokens and certificates carry addresses and names of fields as a matter of course.
  if (kind !== "instructions" && isTokenOrCertificate(text, start)) return 0;
  const base = heavy > 0 ? PRIOR[kind].block : PRIOR[kind].light;
  if (base === 0) return 0;
  // Nobody nests encodings by accident.
  return Math.min(0.97, base + 0.1 * Math.max(0, steps.length - 1));
};

const LOOK_BACK_UNITS = 4096;

const isTokenOrCertificate = (text: string, start: number): boolean => {
  const before = text.slice(Math.max(0, start - LOOK_BACK_UNITS), start);
  if (text.startsWith("eyJ", start) || /eyJ[\w-]{8,2000}\.$/.test(before.slice(-2048))) return true;
  const begin = before.lastIndexOf("-----BEGIN ");
  return begin >= 0 && !before.includes("-----END ", begin);
};
