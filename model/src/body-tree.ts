import type { BodyOutline, OutlineValue } from "./body-outline.ts";
import type { ReceiptEntry } from "./receipt.ts";
import type { CapturedSegment } from "./record.ts";
import type { Direction } from "./segment.ts";

/** One value of a body as its protocol spells it, put together again from what was kept of it. */
export interface BodyNode {
  /** Last step of the pointer, unescaped: a key, or the position in a list. Empty for the body itself. */
  readonly step: string;
  readonly pointer: string;
  readonly children: readonly BodyNode[];
  /** Its children are the items of a list. */
  readonly isList: boolean;
  /** Indexes of the texts that stand here: several where a file was taken apart, a key is text, or events share a place. */
  readonly segments: readonly number[];
  /** What stands here that is no text; absent where nothing is known to. */
  readonly value?: OutlineValue;
  /** Why no detector read what stands here. */
  readonly unread?: string;
}

/** What a body is put together from. */
export interface KeptBody {
  readonly segments: readonly Pick<CapturedSegment, "index" | "direction" | "pointer">[];
  readonly receipt: readonly ReceiptEntry[];
  readonly outlines: readonly BodyOutline[];
}

interface Growing {
  readonly step: string;
  readonly pointer: string;
  readonly children: Map<string, Growing>;
  readonly segments: number[];
  value?: OutlineValue;
  unread?: string;
}

const STEPS_MAX = 128;
const POSITION = /^(?:0|[1-9][0-9]{0,8})$/;

const grow = (step: string, pointer: string): Growing => ({ step, pointer, children: new Map(), segments: [] });

const unescape = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

/** The place of a pointer, made on the way. What does not begin with a slash (an event's name) is a step as well. */
const placeOf = (root: Growing, pointer: string): Growing => {
  let place = root;
  if (pointer === "") return place;
  for (const step of pointer.replace(/^\//, "").split("/", STEPS_MAX)) {
    const known = place.children.get(step);
    const next = known ?? grow(unescape(step), `${place.pointer}/${step}`);
    if (known === undefined) place.children.set(step, next);
    place = next;
  }
  return place;
};

const settle = ({ step, pointer, children, segments, value, unread }: Growing): BodyNode => {
  const isList = children.size > 0 && [...children.keys()].every((key) => POSITION.test(key));
  const settled = [...children.values()].map(settle);
  return {
    step,
    pointer,
    children: isList ? settled.sort((a, b) => Number(a.step) - Number(b.step)) : settled,
    isList,
    segments,
    ...(value !== undefined && { value }),
    ...(unread !== undefined && { unread }),
  };
};

/**
 * The tree of one direction's body. Nothing is made up: a place that nothing was kept of is not in it. Items of a list
 * stand in order, members of an object by what was kept of them: words, ids and numbers first, then texts.
 */
export const bodyTree = ({ segments, receipt, outlines }: KeptBody, direction: Direction): BodyNode => {
  const root = grow("", "");
  for (const outline of outlines) {
    if (outline.direction !== direction) continue;
    for (const [pointer, value] of outline.members) placeOf(root, pointer).value = value;
  }
  for (const one of segments) if (one.direction === direction) placeOf(root, one.pointer).segments.push(one.index);
  for (const { place, reason = "" } of receipt)
    if (place?.direction === direction) placeOf(root, place.pointer).unread = reason.slice(`${place.pointer}: `.length);
  return settle(root);
};
