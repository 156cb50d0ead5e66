import type { Direction, Provenance } from "@parapet/model";
import type { ScannedJson, StringLeaf } from "#platform";
import type { LocatedSegment, UnscannablePart } from "../protocol.ts";
import { isObject, stepsOf } from "./json-access.ts";
import { isOpaque } from "./opaque-values.ts";

/** Who could have written a text, and as what it stands in its body. */
export interface Place {
  readonly role: string;
  readonly provenance: Provenance;
}

/** What a wire format says about the strings of a body. */
export interface StringDialect {
  /** Place of a string by the steps of its pointer. */
  readonly placeOf: (steps: readonly string[]) => Place;
  /** Whether the string is one of the format's own words, which can carry no text. */
  readonly isWord: (steps: readonly string[], value: string, place: Place) => boolean;
  /** Fields that may hold encoded bytes that the model is given. */
  readonly opaqueFields: ReadonlySet<string>;
  /** The same by more than the field's name. */
  readonly isOpaqueField?: (steps: readonly string[]) => boolean;
  /** Fields that hold a provider's seal over something else: opaque, and never read by a model. */
  readonly sealFields: ReadonlySet<string>;
}

export interface ReadStrings {
  readonly segments: readonly LocatedSegment[];
  /** Encoded bytes, which no detector reads. */
  readonly opaque: readonly (StringLeaf & Place)[];
}

/** Every string of a body that is not a word of its format, as segments in the order of the body. */
export const readStrings = (
  body: Pick<ScannedJson, "leaves" | "keys">,
  dialect: StringDialect,
  direction: Direction,
  firstIndex: number,
): ReadStrings => {
  const segments: LocatedSegment[] = [];
  const opaque: (StringLeaf & Place)[] = [];
  const add = ({ pointer, value, start, end, form }: StringLeaf, { role, provenance }: Place): void => {
    segments.push({
      index: firstIndex + segments.length,
      direction,
      pointer,
      role,
      provenance,
      text: value,
      byteStart: start,
      byteEnd: end,
      ...(form !== undefined && { form }),
    });
  };
  for (const leaf of body.leaves) {
    const steps = stepsOf(leaf.pointer);
    const field = steps.at(-1) ?? "";
    const place = dialect.placeOf(steps);
    // What a tool is called with has fields of its own, whatever they are named.
    const isOwn = place.provenance !== "tool-arguments";
    if (isOwn && dialect.isWord(steps, leaf.value, place)) continue;
    if (isOwn && dialect.sealFields.has(field) && isOpaque(leaf.value)) continue;
    const mayBeOpaque = isOwn && (dialect.opaqueFields.has(field) || dialect.isOpaqueField?.(steps) === true);
    if (mayBeOpaque && isOpaque(leaf.value)) opaque.push({ ...leaf, ...place });
    else add(leaf, place);
  }
  for (const key of body.keys) add(key, dialect.placeOf(stepsOf(key.pointer)));
  return { segments, opaque };
};

/** The value that a step of a pointer leads to. */
export const memberAt = (node: unknown, step: string): unknown =>
  Array.isArray(node) ? node[Number(step)] : isObject(node) ? node[step] : undefined;

/** Adds the encoded bytes that stand where no part was named for them: what no detector reads is always said. */
export const withOpaque = (
  parts: readonly UnscannablePart[],
  opaque: ReadStrings["opaque"],
): readonly UnscannablePart[] => [
  ...parts,
  ...opaque
    .filter(({ pointer }) => !parts.some((part) => pointer.startsWith(`${part.pointer}/`)))
    .map(({ pointer, provenance }) => ({ pointer, provenance, reason: "encoded bytes" })),
];
