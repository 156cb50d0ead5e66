import { randomBytes } from "node:crypto";
import { DEFAULT_TENANT, type Direction, type RecordedMatch, type Segment } from "@parapet/model";
import type { InspectionContext, Inspector } from "#detectors";
import { answerContext, createContentHash, createInspectionMemory, inspectSegments } from "#pipeline";
import type { ScanItem } from "./scan-item.ts";

const MEMORY_BYTES = 64 * 1024 * 1024;

export interface InspectedItem {
  readonly matches: readonly RecordedMatch[];
  /** Keyed hash of the text that a match stands in; only good within this run. */
  readonly digestOf: (match: RecordedMatch) => string;
  /** Why texts could not be read to the end. */
  readonly unread: readonly string[];
}

/** Inspection of logs: a conversation that grows from line to line costs its new words only. */
export const createItemInspection = (inspector: Inspector): ((item: ScanItem) => InspectedItem) => {
  const memory = createInspectionMemory(MEMORY_BYTES);
  const hash = createContentHash(randomBytes(32));
  return (item) => {
    let context: InspectionContext = {
      systemPrompts: item.texts
        .filter(({ provenance }) => provenance === "system" || provenance === "developer")
        .map(({ text }) => text),
      canaries: [],
      registeredSecrets: [],
      allowedHosts: [],
      knownHosts: new Set<string>(),
    };
    const matches: RecordedMatch[] = [];
    const unread: string[] = [];
    for (const direction of ["request", "response"] as const) {
      const segments = segmentsOf(item, direction);
      if (segments.length === 0) continue;
      const inspected = inspectSegments(
        { tenant: DEFAULT_TENANT, exchange: "", direction, segments, parts: [], context },
        { inspector, memory, hash },
      );
      matches.push(...inspected.matches);
      context = answerContext(context, segments, inspected.matches);
      unread.push(...unreadReasons(inspected));
    }
    const digests = new Map<number, string>();
    const digestOf = ({ segment }: RecordedMatch): string => {
      const known = digests.get(segment) ?? hash(item.texts[segment]?.text ?? "");
      digests.set(segment, known);
      return known;
    };
    return { matches, digestOf, unread };
  };
};

const segmentsOf = ({ texts }: ScanItem, direction: Direction): Segment[] =>
  texts.flatMap(({ text, provenance, pointer }, index): Segment[] => {
    const isResponse = provenance === "model" || provenance === "tool-arguments";
    return isResponse === (direction === "response")
      ? [{ index, direction, pointer, role: provenance, provenance, text }]
      : [];
  });

const unreadReasons = ({ receipt, unscannable, failed }: ReturnType<typeof inspectSegments>): string[] => {
  if (unscannable === 0 && failed === 0) return [];
  const reasons = new Map(receipt.reasons.map(([segment, column, reason]) => [`${segment}/${column}`, reason]));
  const unread = receipt.segments.flatMap(([segment, letters]) => {
    const column = Array.from(letters).findIndex((letter) => letter === "u" || letter === "f");
    return column === -1
      ? []
      : [
          `${receipt.detectors[column] ?? ""}: ${reasons.get(`${segment}/${column}`) ?? "could not be read to the end"}`,
        ];
  });
  return unread;
};
