import type { Provenance } from "@parapet/model";

export const SCAN_FORMATS = ["openai", "otlp", "text", "markdown"] as const;
export type ScanFormat = (typeof SCAN_FORMATS)[number];

/** One text and who could have written it. */
export interface ScanText {
  readonly text: string;
  readonly provenance: Provenance;
  /** Where it stands in its record; empty for a document. */
  readonly pointer: string;
}

/** An exchange from a log, or a stretch of a document. */
export interface ScanItem {
  readonly kind: "exchange" | "document";
  readonly texts: readonly ScanText[];
  /** Parts that hold no readable text, in words. */
  readonly unreadable: readonly string[];
  /** Who asked, as the record names them; empty when it does not. */
  readonly principal: string;
  /** Line of the file, from 1, at which the record or the stretch begins. */
  readonly line: number;
  /** Documents: units at the beginning that the stretch before already held. */
  readonly overlap: number;
}

/** A record that could not be read. */
export interface ScanProblem {
  readonly kind: "problem";
  readonly line: number;
  readonly reason: string;
}

/** Collects what one record says. */
export interface Collector {
  readonly text: (text: unknown, provenance: Provenance, pointer: string) => void;
  readonly unreadable: (what: string) => void;
  /** Does the work one level deeper; what is nested beyond all reason is named and left, not followed. */
  readonly deeper: (work: () => void) => void;
  readonly taken: () => { readonly texts: readonly ScanText[]; readonly unreadable: readonly string[] };
}

const TEXTS_MAX = 20_000;
const DEPTH_MAX = 64;

export const createCollector = (): Collector => {
  const texts: ScanText[] = [];
  const unreadable: string[] = [];
  let depth = 0;
  return {
    text: (text, provenance, pointer) => {
      if (typeof text !== "string" || text === "") return;
      if (texts.length < TEXTS_MAX) texts.push({ text, provenance, pointer });
      else if (texts.length === TEXTS_MAX && unreadable.at(-1) !== "texts beyond the first 20,000")
        unreadable.push("texts beyond the first 20,000");
    },
    unreadable: (what) => {
      if (unreadable.length < 1_000) unreadable.push(what);
    },
    deeper: (work) => {
      if (depth >= DEPTH_MAX) {
        unreadable.push("nested too deeply");
        return;
      }
      depth += 1;
      work();
      depth -= 1;
    },
    taken: () => ({ texts, unreadable }),
  };
};
