import type {
  BodyOutline,
  CaptureMode,
  CapturedSegment,
  Category,
  Direction,
  MaskedSpan,
  Match,
  Segment,
} from "@parapet/model";
import type { KeptOutline } from "#protocols";
import { applyReplacements, toReplacements, type Replacement } from "./redact.ts";

/** Categories whose matched words are themselves the damage; others stay readable for the responder. */
export const SENSITIVE: ReadonlySet<Category> = new Set(["secret", "personal_data", "internal_name"]);

/** Tokens stand where they stood for the upstream; what reaches over a token's edge is cut with it. */
const withTokens = (labels: readonly Replacement[], masked: readonly MaskedSpan[]): readonly Replacement[] => {
  const merged: Replacement[] = [];
  const tokens = masked.map(({ start, end, token }) => ({ start, end, replacement: token }));
  for (const one of [...tokens, ...labels].toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || one.start >= last.end) merged.push(one);
    else if (one.end > last.end) merged.splice(-1, 1, { ...last, end: one.end });
  }
  return merged;
};

/** Text kept with the record, as the route's `capture` allows. A masked value is kept nowhere, not even with `full`. */
export const captureSegments = (
  segments: readonly (Segment & { readonly fullLength?: number })[],
  matches: readonly Match[],
  digests: readonly string[],
  capture: CaptureMode,
  masked: readonly MaskedSpan[] = [],
): CapturedSegment[] => {
  const matchesBySegment = matches.length === 0 ? undefined : Map.groupBy(matches, (match) => match.segment);
  const maskedBySegment = masked.length === 0 ? undefined : Map.groupBy(masked, (span) => span.segment);
  return segments.map((segment, position) => {
    const { index, direction, pointer, role, provenance, text } = segment;
    const digest = digests[position] ?? "";
    const place = { index, direction, pointer, role, provenance, length: segment.fullLength ?? text.length, digest };
    if (capture === "hash") return place;
    if (matchesBySegment === undefined) return { ...place, text };
    const tokens = (maskedBySegment?.get(index) ?? []).filter((span) => span.end <= text.length);
    if (capture === "full") return { ...place, text: applyReplacements(text, withTokens([], tokens)) };
    const sensitive = (matchesBySegment.get(index) ?? [])
      .filter((match) => SENSITIVE.has(match.category) && match.start < text.length)
      .map((match) => ({ ...match, end: Math.min(match.end, text.length) }));
    const labels = toReplacements(sensitive);
    return { ...place, text: applyReplacements(text, tokens.length === 0 ? labels : withTokens(labels, tokens)) };
  });
};

/** What stands beside the texts is kept where they are, and nowhere else. */
export const captureOutline = (
  outline: KeptOutline | undefined,
  direction: Direction,
  capture: CaptureMode,
): readonly BodyOutline[] => (outline === undefined || capture === "hash" ? [] : [{ direction, ...outline }]);
