import { createHash } from "node:crypto";
import {
  CATEGORIES,
  maxSeverity,
  SEVERITIES,
  severityRank,
  type Category,
  type Provenance,
  type RecordedMatch,
  type Severity,
} from "@parapet/model";
import { lineAndColumn } from "../inspect/mark-span.ts";
import type { Skipped } from "./find-files.ts";
import type { InspectedItem } from "./inspect-item.ts";
import type { ScanItem } from "./scan-item.ts";

const RESULTS_MAX = 20_000;
const NAMES_MAX = 50_000;
const PROBLEMS_MAX = 200;

/** One thing found; the same span of the same text in the same file is one result, however often it comes. */
export interface ScanResult {
  readonly file: string;
  readonly line: number;
  /** Of documents only; a log's lines are encoded. UTF-16 units, from 1. */
  readonly span?: {
    readonly startLine: number;
    readonly startColumn: number;
    readonly endLine: number;
    readonly endColumn: number;
  };
  /** Where in the record. */
  readonly pointer: string;
  readonly detector: string;
  readonly type: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly confidence: number;
  readonly provenance: Provenance;
  readonly reason: string;
  readonly count: number;
  /** Stays the same when lines move. Holds nothing of the match itself. */
  readonly fingerprint: string;
}

export interface Uninspected {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface ScanSummary {
  readonly files: number;
  readonly exchanges: number;
  readonly documents: number;
  /** Exchanges and documents with at least one match of the category. */
  readonly byCategory: Readonly<Partial<Record<Category, number>>>;
  /** Matches, repeated ones counted. */
  readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
  readonly withMatches: number;
  readonly topPrincipals: readonly { readonly principal: string; readonly exchanges: number }[];
  readonly topFiles: readonly { readonly file: string; readonly found: number }[];
  /** What no detector could read: parts, texts beyond a detector's budget, lines, files. */
  readonly unreadableParts: Readonly<Record<string, number>>;
  readonly unreadTexts: number;
  readonly malformedLines: number;
  readonly skippedFiles: number;
  /** Results beyond those that are listed. */
  readonly notListed: number;
  readonly worst: Severity | undefined;
}

export interface ScanReport {
  readonly summary: ScanSummary;
  readonly results: readonly ScanResult[];
  readonly uninspected: readonly Uninspected[];
  readonly skipped: readonly Skipped[];
}

const CONTEXT_UNITS = 80;

/** Over what stands around the match, so that a card number or a key cannot be guessed from it. */
const fingerprintOf = (file: string, text: string, match: RecordedMatch): string => {
  const around = `${text.slice(Math.max(0, match.start - CONTEXT_UNITS), match.start)}\u0000${text.slice(match.end, match.end + CONTEXT_UNITS)}`;
  const parts = [file, match.detector, match.type, match.provenance, around.replaceAll(/\s+/g, " ")];
  return createHash("sha256").update(parts.join("\u0001")).digest("hex").slice(0, 32);
};

const spanOf = (item: ScanItem, text: string, match: RecordedMatch) => {
  if (item.kind !== "document") return {};
  const start = lineAndColumn(text, match.start);
  const end = lineAndColumn(text, match.end);
  const first = item.line - 1;
  return {
    span: {
      startLine: first + start.line,
      startColumn: start.column,
      endLine: first + end.line,
      endColumn: end.column,
    },
  };
};

/** Counts what a scan meets, in bounded memory whatever the size of the logs. */
export const createTally = () => {
  const results = new Map<string, ScanResult>();
  const byCategory: Partial<Record<Category, number>> = {};
  const bySeverity: Partial<Record<Severity, number>> = {};
  const principals = new Map<string, number>();
  const files = new Map<string, number>();
  const unreadableParts: Record<string, number> = Object.create(null);
  const uninspected: Uninspected[] = [];
  const skipped: Skipped[] = [];
  let [filesRead, exchanges, documents, withMatches, unreadTexts, malformedLines, skippedFiles, notListed] = [
    0, 0, 0, 0, 0, 0, 0, 0,
  ];
  let documentOpen = "";
  let documentFound = new Set<Category>();
  let worst: Severity | undefined;

  const note = (one: Uninspected): void => {
    if (uninspected.length < PROBLEMS_MAX) uninspected.push(one);
  };
  const raise = (counts: Map<string, number>, name: string): void => {
    if (counts.has(name) || counts.size < NAMES_MAX) counts.set(name, (counts.get(name) ?? 0) + 1);
  };

  const addMatch = (file: string, item: ScanItem, match: RecordedMatch, digest: string): void => {
    bySeverity[match.severity] = (bySeverity[match.severity] ?? 0) + 1;
    worst = worst === undefined ? match.severity : maxSeverity(worst, match.severity);
    const place = item.texts[match.segment];
    const key = [file, match.detector, match.type, match.provenance, digest, match.start, match.end].join("\u0000");
    const known = results.get(key);
    if (known !== undefined) results.set(key, { ...known, count: known.count + 1 });
    else if (results.size >= RESULTS_MAX) notListed += 1;
    else {
      const text = place?.text ?? "";
      const { detector, type, category, severity, confidence, provenance, reason } = match;
      const span = spanOf(item, text, match);
      const line = "span" in span ? (span.span?.startLine ?? item.line) : item.line;
      results.set(key, {
        file,
        line,
        ...span,
        pointer: place?.pointer ?? "",
        detector,
        type,
        category,
        severity,
        confidence,
        provenance,
        reason,
        count: 1,
        fingerprint: fingerprintOf(file, text, match),
      });
    }
  };

  return {
    file: (): void => {
      filesRead += 1;
    },
    skip: (one: Skipped): void => {
      skippedFiles += 1;
      if (skipped.length < PROBLEMS_MAX) skipped.push(one);
    },
    malformed: (file: string, line: number, reason: string): void => {
      malformedLines += 1;
      note({ file, line, reason });
    },
    item: (file: string, item: ScanItem, { matches, digestOf, unread }: InspectedItem): void => {
      const isNew = item.kind === "exchange" || documentOpen !== file;
      if (item.kind === "exchange") exchanges += 1;
      else if (isNew) documents += 1;
      documentOpen = item.kind === "document" ? file : "";
      if (isNew) documentFound = new Set();
      for (const what of item.unreadable) {
        const name = Object.hasOwn(unreadableParts, what) || Object.keys(unreadableParts).length < 50 ? what : "other";
        unreadableParts[name] = (unreadableParts[name] ?? 0) + 1;
      }
      unreadTexts += unread.length;
      for (const reason of unread) note({ file, line: item.line, reason });
      // The stretch before reported what begins in the overlap.
      const fresh = matches.filter((match) => match.end > item.overlap);
      for (const match of fresh) addMatch(file, item, match, digestOf(match));
      if (fresh.length === 0) return;
      raise(files, file);
      // A document comes in several stretches and counts once.
      if (documentFound.size === 0) {
        withMatches += 1;
        if (item.principal !== "") raise(principals, item.principal);
      }
      for (const { category } of fresh) {
        if (documentFound.has(category)) continue;
        documentFound.add(category);
        byCategory[category] = (byCategory[category] ?? 0) + 1;
      }
    },
    report: (): ScanReport => {
      const top = (counts: ReadonlyMap<string, number>) =>
        [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 5);
      return {
        summary: {
          files: filesRead,
          exchanges,
          documents,
          withMatches,
          byCategory: Object.fromEntries(
            CATEGORIES.flatMap((one) => (byCategory[one] === undefined ? [] : [[one, byCategory[one]]])),
          ),
          bySeverity: Object.fromEntries(
            SEVERITIES.toReversed().flatMap((one) => (bySeverity[one] === undefined ? [] : [[one, bySeverity[one]]])),
          ),
          topPrincipals: top(principals).map(([principal, count]) => ({ principal, exchanges: count })),
          topFiles: top(files).map(([file, found]) => ({ file, found })),
          unreadableParts: { ...unreadableParts },
          unreadTexts,
          malformedLines,
          skippedFiles,
          notListed,
          worst,
        },
        results: [...results.values()].sort(
          (a, b) =>
            (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
            severityRank(b.severity) - severityRank(a.severity) ||
            a.line - b.line,
        ),
        uninspected,
        skipped,
      };
    },
  };
};
