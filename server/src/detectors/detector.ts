import type { Category, Direction, Match, Provenance, View } from "@parapet/model";
import type { z } from "zod";

/** One form of a text that detectors read. Spans found in it are mapped back to the original. */
export interface TextForm {
  readonly view: View;
  readonly text: string;
  /** How it came about, for reasons: `base64 > gzip`, `unicode tags`. Empty for the original. */
  readonly path: string;
  /** Maps a span of this form to the smallest span of the original that produced it (UTF-16 units). */
  readonly origin: (start: number, end: number) => { readonly start: number; readonly end: number };
}

/** A text with its forms, made once and shared by all detectors. `forms[0]` is the original. */
export interface PreparedText {
  readonly text: string;
  readonly forms: readonly TextForm[];
  /** Why some of it could not be read (decode budget used up, depth); absent when all was. */
  readonly unscannable?: string | undefined;
}

/** Where one of the detector's own literals stands. */
export interface LiteralHit {
  /** Index into the detector's `literals`. */
  readonly literal: number;
  /** Index into `PreparedText.forms`. */
  readonly form: number;
  readonly start: number;
  readonly end: number;
}

/** What a contextual detector may know beyond the text. Made once per exchange by the pipeline. */
export interface InspectionContext {
  /** System and developer prompts of this exchange, as received. */
  readonly systemPrompts: readonly string[];
  /** Canaries that the gateway planted for this route and session. */
  readonly canaries: readonly string[];
  /** Secrets registered by the operator, in clear, in memory only. */
  readonly registeredSecrets: readonly string[];
  /** Hosts that links may point to; `*.` prefix allowed. Empty: no list was configured. */
  readonly allowedHosts: readonly string[];
  /** Host names that occur in the request's trusted segments. */
  readonly knownHosts: ReadonlySet<string>;
  /** What the user asked before this text, as received. Absent where nobody asked or nobody knows. */
  readonly userRequest?: string;
  /** Requests found in documents and tool results of this exchange; only where its answer is inspected. */
  readonly foreignRequests?: readonly ForeignRequest[];
}

/** A passage by which somebody other than the user asks for something. */
export interface ForeignRequest {
  readonly text: string;
  readonly provenance: Provenance;
}

export interface Subject {
  readonly prepared: PreparedText;
  readonly provenance: Provenance;
  readonly direction: Direction;
  /** Hits of this detector's literals over all forms, in order of form and start. */
  readonly hits: readonly LiteralHit[];
  readonly context: InspectionContext;
}

/** A match before the pipeline adds which detector and segment it belongs to. */
export type Detection = Omit<Match, "detector" | "segment">;

/** Never a boolean: a detector that throws is `failed`, made so by the engine. */
export type Inspection =
  | {
      readonly outcome: "completed";
      readonly detections: readonly Detection[];
      /** Too unsure to be reported, and worth somebody else's opinion; only where a detector was asked for them. */
      readonly doubts?: readonly Detection[];
    }
  | { readonly outcome: "unscannable"; readonly detections: readonly Detection[]; readonly reason: string };

/** How a detector works on a stream. */
export type StreamTraits =
  | {
      /** Its matches may be redacted, so text is held back while one could still complete. */
      readonly kind: "span";
      /** Longest span it can report, in UTF-16 units. */
      readonly reach: number;
      /** First index of `window` that could belong to a match still to complete; `window.length` when none. */
      readonly holdFrom: (window: string) => number;
    }
  | {
      /** Its matches speak of passages; it looks again every `stride` units and at the end. */
      readonly kind: "window";
      readonly stride: number;
      readonly reach: number;
    };

export interface Detector<Settings = unknown> {
  readonly id: string;
  /** Raised whenever its matches may change; part of the inspection memory's key. */
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly categories: readonly Category[];
  /** Reads `context`; its matches are never remembered. */
  readonly contextual: boolean;
  /** When present, a reason why this provenance and direction is not its business (receipt: `skipped`). */
  readonly skips?: (provenance: Provenance, direction: Direction) => string | undefined;
  /** Lower-case literals; when present the detector runs only where one of them occurs in some form. */
  readonly literals?: readonly string[];
  readonly stream: StreamTraits;
  readonly settings: z.ZodType<Settings>;
  /** Compiles once per configuration. The returned function is pure and synchronous. */
  readonly create: (settings: Settings) => (subject: Subject) => Inspection;
}

/** Keeps the settings' type from the schema to `create`. */
export const defineDetector = <Settings>(detector: Detector<Settings>): Detector<Settings> => detector;

export const completed = (detections: readonly Detection[] = []): Inspection => ({ outcome: "completed", detections });
