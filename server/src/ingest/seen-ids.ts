/** Ids of events that were taken in lately, oldest forgotten first. */
export interface SeenIds {
  readonly has: (id: string) => boolean;
  readonly add: (id: string) => void;
}

/** Bounded by count in two generations, so that forgetting costs nothing. Keeps between half of `max` and `max`. */
export const createSeenIds = (max: number): SeenIds => {
  let young = new Set<string>();
  let old = new Set<string>();
  return {
    has: (id) => young.has(id) || old.has(id),
    add: (id) => {
      young.add(id);
      if (young.size < max / 2) return;
      old = young;
      young = new Set();
    },
  };
};
