/** Items in reading order: single ones, and stretches of unremarkable ones that may be folded. */
export type ReadingItem<T> =
  | { readonly kind: "single"; readonly item: T }
  | { readonly kind: "folded"; readonly items: readonly T[] };

const FOLD_MIN = 4;
const LAST_SHOWN = 2;

/**
 * A long conversation repeats what was read before: stretches of at least four unremarkable items are folded, but never
 * the last two, which are what was new.
 */
export const readingOrder = <T>(items: readonly T[], isRemarkable: (item: T) => boolean): readonly ReadingItem<T>[] => {
  const order: ReadingItem<T>[] = [];
  let quiet: T[] = [];
  const flush = (): void => {
    if (quiet.length >= FOLD_MIN) order.push({ kind: "folded", items: quiet });
    else order.push(...quiet.map((item) => ({ kind: "single" as const, item })));
    quiet = [];
  };
  for (const [position, item] of items.entries()) {
    if (isRemarkable(item) || position >= items.length - LAST_SHOWN) {
      flush();
      order.push({ kind: "single", item });
    } else quiet.push(item);
  }
  flush();
  return order;
};
