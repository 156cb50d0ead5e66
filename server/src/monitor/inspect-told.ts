import { DEFAULT_TENANT, type Segment } from "@parapet/model";
import type { InspectionContext } from "#detectors";
import { inspectSegments, type InspectionTools } from "#pipeline";
import { segmentsOf, type InspectedTexts, type ToldTexts } from "./text-inspector.ts";

/** What is inspected of one event, in UTF-16 units; the texts beyond are counted as bypassed. */
const EVENT_UNITS_MAX = 256 * 1024;

const NOTHING_KNOWN: InspectionContext = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set(),
};

/** The texts of one event through the detectors, as a request and its response. */
export const inspectTold = (texts: ToldTexts, tools: InspectionTools): InspectedTexts => {
  let units = 0;
  const segments = segmentsOf(texts).filter(({ text }) => (units += text.length) <= EVENT_UNITS_MAX);
  const context = {
    ...NOTHING_KNOWN,
    systemPrompts: segments.filter(({ provenance }) => provenance === "system").map(({ text }) => text),
  };
  const digests = texts.map(() => "");
  const parts = (["request", "response"] as const).map((direction) => {
    const own = segments.filter((segment: Segment) => segment.direction === direction);
    const inspected = inspectSegments(
      { tenant: DEFAULT_TENANT, exchange: "", direction, segments: own, parts: [], context },
      tools,
    );
    for (const [position, { index }] of own.entries()) digests[index] = inspected.digests[position] ?? "";
    return inspected;
  });
  return {
    matches: parts.flatMap(({ matches }) => matches),
    digests,
    unscannable: parts.reduce((sum, { unscannable, failed }) => sum + unscannable + failed, 0),
    bypassed: texts.length - segments.length,
  };
};
