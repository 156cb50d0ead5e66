import { DEFAULT_TENANT, type Provenance, type RecordedMatch, type Segment } from "@parapet/model";
import type { InspectionContext, Inspector } from "#detectors";
import { createInspectionMemory } from "./inspection-memory.ts";
import { inspectSegments, type Inspected } from "./inspect-segments.ts";
import { answerContext } from "./user-requests.ts";

/** Whether a loose text is taken for part of an answer. */
export const isOfResponse = (provenance: Provenance): boolean =>
  provenance === "model" || provenance === "tool-arguments";

const NO_MEMORY = createInspectionMemory(0);

const NOTHING_KNOWN: InspectionContext = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set(),
};

export interface LooseText {
  readonly text: string;
  readonly provenance: Provenance;
}

/** Texts outside an exchange through the same inspection: `inspect`, `scan`, `eval` and the API use it. */
export const inspectTexts = (
  inspector: Inspector,
  texts: readonly LooseText[],
): { readonly inspected: Inspected; readonly matches: readonly RecordedMatch[] } => {
  let known: InspectionContext = {
    ...NOTHING_KNOWN,
    systemPrompts: texts.filter(({ provenance }) => provenance === "system").map(({ text }) => text),
  };
  const matches: RecordedMatch[] = [];
  const parts = (["request", "response"] as const).map((direction) => {
    const segments = texts.flatMap(({ text, provenance }, index): Segment[] => {
      if (isOfResponse(provenance) !== (direction === "response")) return [];
      return [{ index, direction, pointer: `/segments/${index}/text`, role: provenance, provenance, text }];
    });
    const job = { tenant: DEFAULT_TENANT, exchange: "", direction, segments, parts: [], context: known };
    const inspected = inspectSegments(job, { inspector, memory: NO_MEMORY, hash: () => "" });
    matches.push(...inspected.matches);
    known = answerContext(known, segments, inspected.matches);
    return inspected;
  });
  return { inspected: merge(parts), matches };
};

const merge = (parts: readonly Inspected[]): Inspected => ({
  matches: parts.flatMap(({ matches }) => matches),
  doubts: parts.flatMap(({ doubts = [] }) => doubts),
  receipt: {
    detectors: parts[0]?.receipt.detectors ?? [],
    segments: parts.flatMap(({ receipt }) => receipt.segments),
    reasons: parts.flatMap(({ receipt }) => receipt.reasons),
    parts: [],
  },
  digests: [],
  unscannable: parts.reduce((sum, one) => sum + one.unscannable, 0),
  unreadableParts: 0,
  failed: parts.reduce((sum, one) => sum + one.failed, 0),
});
