import { editFormText, editStringToken, spliceJsonStrings, type StringEdit } from "#platform";
import type { Replacement } from "#pipeline";
import type { DependentBytes, LocatedSegment } from "#protocols";
import type { Canary } from "./exchange-context.ts";

export interface BodyEdit {
  readonly segments: readonly LocatedSegment[];
  readonly replacements: ReadonlyMap<number, readonly Replacement[]>;
  /** Bytes that repeat what segments say and must not keep saying it. */
  readonly dependents?: readonly DependentBytes[];
  readonly canary?: Canary | undefined;
}

/**
 * The body with spans of some strings replaced. Everything else stays the same bytes; a body without
 * edits is the very buffer that was inspected.
 */
export const editBody = (bytes: Buffer, { segments, replacements, dependents = [], canary }: BodyEdit): Buffer => {
  const isEdited = replacements.size > 0 || canary !== undefined || dependents.some((one) => one.segments === "always");
  if (!isEdited) return bytes;
  const edits = segments.flatMap((segment) => {
    const spans = [...(replacements.get(segment.index) ?? [])];
    if (canary !== undefined && canary.segment.index === segment.index) {
      const end = segment.fullLength ?? segment.text.length;
      spans.push({ start: end, end, replacement: canary.sentence });
    }
    if (spans.length === 0) return [];
    const { byteStart: start, byteEnd: end } = segment;
    return [{ start, end, token: editedToken(bytes, segment, spans) }];
  });
  const repeated = dependents
    .filter((one) => one.segments === "always" || one.segments.some((index) => replacements.has(index)))
    .map(({ start, end, token }) => ({ start, end, token: Buffer.from(token) }));
  // A segment inside bytes that are replaced whole has nothing left to edit.
  const free = edits.filter((edit) => !repeated.some(({ start, end }) => edit.start >= start && edit.end <= end));
  return spliceJsonStrings(bytes, [...free, ...repeated]);
};

const editedToken = (
  bytes: Buffer,
  { byteStart, byteEnd, form }: LocatedSegment,
  spans: readonly StringEdit[],
): Buffer => {
  if (form === undefined) return editStringToken(bytes, byteStart, byteEnd, spans);
  const text = bytes.toString("utf8", byteStart, byteEnd);
  return editFormText(form, form === "name" ? text.replaceAll('"', "") : text, spans);
};
