import type { CaptureMode, CapturedSegment, Category, Match, Segment } from "@parapet/model";
import { applyReplacements, toReplacements } from "./redact.ts";

/** Categories whose matched words are themselves the damage; others stay readable for the responder. */
const SENSITIVE: ReadonlySet<Category> = new Set(["secret", "personal_data", "internal_name"]);

/** Text kept with the record, as the route's `capture` allows. */
export const captureSegments = (
  segments: readonly (Segment & { readonly fullLength?: number })[],
  matches: readonly Match[],
  digests: readonly string[],
  capture: CaptureMode,
): CapturedSegment[] =>
  segments.map((segment, position) => {
    const { index, direction, pointer, role, provenance, text } = segment;
    const digest = digests[position] ?? "";
    const place = { index, direction, pointer, role, provenance, length: segment.fullLength ?? text.length, digest };
    if (capture === "hash") return place;
    if (capture === "full" || matches.length === 0) return { ...place, text };
    const sensitive = matches
      .filter((match) => match.segment === index && SENSITIVE.has(match.category) && match.start < text.length)
      .map((match) => ({ ...match, end: Math.min(match.end, text.length) }));
    return { ...place, text: applyReplacements(text, toReplacements(sensitive)) };
  });
