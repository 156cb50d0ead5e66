import type { CapturedSegment } from "@parapet/model";

/** Parts in reading order: single ones, and stretches of unremarkable ones that may be folded. */
export type ReadingItem =
  | { readonly kind: "segment"; readonly segment: CapturedSegment }
  | { readonly kind: "folded"; readonly segments: readonly CapturedSegment[] };

const FOLD_MIN = 4;
const LAST_SHOWN = 2;

/**
 * A long conversation repeats what was read before: stretches of at least four parts without
 * matches are folded, but never the last two, which are what was new.
 */
export const readingOrder = (
  segments: readonly CapturedSegment[],
  remarkable: ReadonlySet<number>,
): readonly ReadingItem[] => {
  const items: ReadingItem[] = [];
  let quiet: CapturedSegment[] = [];
  const flush = (): void => {
    if (quiet.length >= FOLD_MIN) items.push({ kind: "folded", segments: quiet });
    else items.push(...quiet.map((segment) => ({ kind: "segment" as const, segment })));
    quiet = [];
  };
  for (const [position, segment] of segments.entries()) {
    const shown = remarkable.has(segment.index) || position >= segments.length - LAST_SHOWN;
    if (shown) {
      flush();
      items.push({ kind: "segment", segment });
    } else quiet.push(segment);
  }
  flush();
  return items;
};
