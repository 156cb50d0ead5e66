import type { Severity } from "@parapet/model";
import { z } from "zod";
import { completed, defineDetector, type Detection, type LiteralHit, type TextForm } from "../detector.ts";
import { countedPlaces, foundIn } from "../one-per-place.ts";
import { AI_VENDOR_FORMATS } from "./ai-vendor-formats.ts";
import { readAssignment, type Assignment } from "./assignment.ts";
import { holdSecrets } from "./hold.ts";
import { compileFormat, matchFormat, type CompiledFormat } from "./match-format.ts";
import { PLATFORM_FORMATS } from "./platform-formats.ts";
import { PRIVATE_KEY_UNITS_MAX, readPrivateKey, readPuttyKey } from "./private-key.ts";
import { isPublishedSample } from "./published-samples.ts";
import { matchReversed, reversedLiteral } from "./reversed-tokens.ts";
import { SERVICE_FORMATS } from "./service-formats.ts";
import { readCurlCredential, readUrlCredential } from "./url-credentials.ts";
import { judgeValue, SECRET_WORDS } from "./value-rules.ts";
import { judgeVendorValue } from "./vendor-values.ts";
import { VENDOR_CONTEXTS, type VendorContext } from "./vendor-contexts.ts";

export const SecretsSettings = z.strictObject({
  assignments: z
    .boolean()
    .default(true)
    .describe(
      "Also look at values that stand behind names such as `api_key` or `password`, where no known format speaks for them",
    ),
  entropyMin: z
    .number()
    .min(2)
    .max(5)
    .default(3.5)
    .describe("Least entropy, in bits a character, of a value that only its name makes a secret"),
  ignoredTypes: z.array(z.string()).default([]).describe("Types never reported, such as `flutterwave-public-key`"),
});
export type SecretsSettings = z.infer<typeof SecretsSettings>;

interface Found {
  readonly type: string;
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: number;
  readonly start: number;
  readonly end: number;
}

/** What to do where a literal stands. `read` is told up to where assignments of this form were judged. */
type Reader =
  | { readonly kind: "format"; readonly formats: readonly CompiledFormat[] }
  | { readonly kind: "reversed"; readonly formats: readonly CompiledFormat[] }
  | { readonly kind: "private-key" }
  | { readonly kind: "putty-key" }
  | { readonly kind: "url" }
  | { readonly kind: "curl" }
  | { readonly kind: "name"; readonly vendor?: VendorContext };

const FORMATS = [...AI_VENDOR_FORMATS, ...PLATFORM_FORMATS, ...SERVICE_FORMATS].map(compileFormat);

// Only prefixes that nothing else has: the format is all that speaks for a token written backwards.
const REVERSED_LITERAL_MIN = 3;
const REVERSED_CONFIDENCE_MIN = 0.95;

const buildReaders = (): ReadonlyMap<string, readonly Reader[]> => {
  const readers = new Map<string, Reader[]>();
  const add = (literal: string, reader: Reader): void => {
    const list = readers.get(literal);
    if (list === undefined) readers.set(literal, [reader]);
    else list.push(reader);
  };
  for (const literal of new Set(FORMATS.flatMap(({ format }) => format.literals))) {
    const formats = FORMATS.filter(({ format }) => format.literals.includes(literal));
    add(literal, { kind: "format", formats });
    const distinct = formats.filter(({ format }) => format.back === 0 && format.confidence >= REVERSED_CONFIDENCE_MIN);
    if (distinct.length > 0 && literal.length >= REVERSED_LITERAL_MIN && reversedLiteral(literal) !== literal)
      add(reversedLiteral(literal), { kind: "reversed", formats: distinct });
  }
  add("-----begin", { kind: "private-key" });
  add("putty-user-key-file-", { kind: "putty-key" });
  add("://", { kind: "url" });
  add("curl ", { kind: "curl" });
  for (const vendor of VENDOR_CONTEXTS) for (const name of vendor.names) add(name, { kind: "name", vendor });
  for (const word of SECRET_WORDS) add(word, { kind: "name" });
  return readers;
};

const READERS = buildReaders();
const LITERALS = [...READERS.keys()];
const READERS_BY_LITERAL = [...READERS.values()];

const readKey = (text: string, start: number, kind: "private-key" | "putty-key"): Found | undefined => {
  const key = kind === "private-key" ? readPrivateKey(text, start) : readPuttyKey(text, start);
  return key && { ...key, title: "Private key", severity: "critical", confidence: 0.99 };
};

const readCredential = (text: string, start: number, kind: "url" | "curl"): Found | undefined => {
  const credential = kind === "url" ? readUrlCredential(text, start) : readCurlCredential(text, start);
  return (
    credential && {
      ...credential,
      title: kind === "url" ? "Password in an address" : "Password on a command line",
      severity: "high",
      confidence: 0.9,
    }
  );
};

const readFormats = (formats: readonly CompiledFormat[], text: string, start: number): Found | undefined => {
  for (const compiled of formats) {
    const span = matchFormat(compiled, text, start);
    if (span === undefined) continue;
    const { type, title, severity, confidence } = compiled.format;
    return { ...span, type, title, severity, confidence };
  }
  return undefined;
};

const readReversed = (formats: readonly CompiledFormat[], text: string, end: number): Found | undefined => {
  const found = matchReversed(formats, text, end);
  if (found === undefined) return undefined;
  const { type, title, severity } = found.format;
  return { start: found.start, end: found.end, type, title: `${title}, written backwards,`, severity, confidence: 0.9 };
};

/**
 * The skeleton folds digits and signs to letters: good for the name (`p4ssw0rd`), wrong for the value, which is
 * judged as it was written. Nothing when a name was only made of an address (`password@host:1234`).
 */
const asWritten = (
  assignment: Assignment,
  hit: LiteralHit,
  form: TextForm,
  original: string,
): Assignment | undefined => {
  const value = form.origin(assignment.start, assignment.end);
  const between = form.origin(hit.end, assignment.start);
  if (original.slice(between.start, between.end).includes("@")) return undefined;
  return { ...assignment, value: original.slice(value.start, value.end) };
};

/** Forms that a whole text has whether anybody hid something in it or not. */
const GUESSED = /rot13|reversed/;

/** A text with more secrets than this is unscannable; the bound keeps hostile text cheap. */
const DETECTIONS_MAX = 500;

const CROWD_MIN = 64;
const CROWD_GAP_UNITS = 32;
const CROWD_TRIED_MAX = 4;

/**
 * Hits of one literal that repeats without room for a secret between, all but the last few. `sk-sk-sk-…` would
 * otherwise be read anew from every start; the last ones are kept, so a real key behind such a row is still found.
 */
const crowdedHits = (hits: readonly LiteralHit[]): ReadonlySet<LiteralHit> => {
  const crowded = new Set<LiteralHit>();
  const next = new Map<number, { readonly form: number; readonly start: number; readonly count: number }>();
  for (const hit of hits.toReversed()) {
    const after = next.get(hit.literal);
    const isClose = after !== undefined && after.form === hit.form && after.start - hit.start < CROWD_GAP_UNITS;
    const count = isClose ? after.count + 1 : 0;
    if (count >= CROWD_TRIED_MAX) crowded.add(hit);
    next.set(hit.literal, { form: hit.form, start: hit.start, count });
  }
  return crowded;
};

const CONTEXT_WORDS = [...SECRET_WORDS, ...VENDOR_CONTEXTS.flatMap((vendor) => vendor.names)];
const FORMAT_LITERALS = [...new Set(FORMATS.flatMap(({ format }) => format.literals)), "-----begin"];

export const secretsDetector = defineDetector<SecretsSettings>({
  id: "secrets",
  version: "3",
  title: "Secrets",
  description:
    "Keys, tokens, passwords and private keys: the published formats of about two hundred issuers, addresses with passwords, and random values behind names that say they are secret.",
  categories: ["secret"],
  contextual: false,
  literals: LITERALS,
  stream: { kind: "span", reach: PRIVATE_KEY_UNITS_MAX, holdFrom: holdSecrets(FORMAT_LITERALS, CONTEXT_WORDS) },
  settings: SecretsSettings,
  create: (settings) => {
    const ignored = new Set(settings.ignoredTypes);

    const readName = (
      form: TextForm,
      original: string,
      hit: LiteralHit,
      judged: Map<number, number>,
      vendor: VendorContext | undefined,
    ): Found | undefined => {
      if (!settings.assignments) return undefined;
      const { text } = form;
      const read = readAssignment(text, hit.start, hit.end);
      const assignment = read === undefined || form.view !== "skeleton" ? read : asWritten(read, hit, form, original);
      if (assignment === undefined) return undefined;
      if (vendor !== undefined) {
        const shape = judgeVendorValue(vendor, text, hit.start, hit.end, assignment);
        return (
          shape && {
            ...assignment,
            type: shape.type,
            severity: shape.severity,
            title: `Value beside a vendor's name (${shape.type})`,
            confidence: 0.88,
          }
        );
      }
      // `token=token=token=…`: what lies inside a judged value is not judged again.
      if (assignment.start < (judged.get(hit.form) ?? 0)) return undefined;
      judged.set(hit.form, assignment.end);
      const verdict = judgeValue(assignment, settings.entropyMin);
      return (
        verdict && {
          ...assignment,
          ...verdict,
          severity: "medium",
          title:
            verdict.type === "password"
              ? "Password behind its name"
              : "Random value behind a name that says it is secret",
        }
      );
    };

    const read = (
      reader: Reader,
      form: TextForm,
      original: string,
      hit: LiteralHit,
      judged: Map<number, number>,
    ): Found | undefined => {
      const { text } = form;
      switch (reader.kind) {
        case "format":
          return readFormats(reader.formats, text, hit.start);
        case "reversed":
          return readReversed(reader.formats, text, hit.end);
        case "private-key":
        case "putty-key":
          return readKey(text, hit.start, reader.kind);
        case "url":
        case "curl":
          // A whole text read backwards has addresses that nobody wrote.
          return GUESSED.test(form.path) ? undefined : readCredential(text, hit.start, reader.kind);
        case "name":
          return readName(form, original, hit, judged, reader.vendor);
      }
    };

    return ({ prepared, hits }) => {
      if (hits.length === 0) return completed();
      const detections: Detection[] = [];
      const judged = new Map<number, number>();
      const crowded = hits.length > CROWD_MIN ? crowdedHits(hits) : undefined;
      for (const hit of hits) {
        if (crowded?.has(hit) === true) continue;
        const form = prepared.forms[hit.form];
        if (form === undefined) continue;
        for (const reader of READERS_BY_LITERAL[hit.literal] ?? []) {
          const found = read(reader, form, prepared.text, hit, judged);
          if (found === undefined || ignored.has(found.type)) continue;
          const span = form.origin(found.start, found.end);
          if (isPublishedSample(form.text.slice(found.start, found.end))) continue;
          if (form.view !== "original" && isPublishedSample(prepared.text.slice(span.start, span.end))) continue;
          detections.push({
            category: "secret",
            type: found.type,
            confidence: found.confidence,
            severity: found.severity,
            ...span,
            reason: foundIn(found.title, form),
            view: form.view,
          });
        }
      }
      return countedPlaces({ detections, detectionsMax: DETECTIONS_MAX, what: "secrets" });
    };
  },
});
