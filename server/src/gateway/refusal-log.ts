const WINDOW_MS = 60_000;
/** Refusals of one kind that are recorded one by one in a minute; the rest of the minute is one number. */
const SINGLE_MAX = 60;
const KINDS_MAX = 1_000;

interface Kind {
  count: number;
  suppressed: number;
}

/**
 * Which refusals are recorded. Whoever may not even enter could otherwise fill the disk with records of
 * it; what is left out is counted in the next record of the kind.
 */
export const createRefusalLog = () => {
  const kinds = new Map<string, Kind>();
  let windowStart = 0;

  return {
    /** How many of this kind were left out since the last record, or undefined when this one is left out too. */
    admit: (kind: string, nowMs: number): number | undefined => {
      if (nowMs - windowStart >= WINDOW_MS || nowMs < windowStart) {
        windowStart = nowMs;
        for (const [name, one] of kinds) {
          if (one.suppressed === 0) kinds.delete(name);
          else one.count = 0;
        }
      }
      // Beyond so many kinds a minute they share one: addresses can be had by the million.
      const name = kinds.has(kind) || kinds.size < KINDS_MAX ? kind : "";
      const known = kinds.get(name) ?? { count: 0, suppressed: 0 };
      kinds.set(name, known);
      known.count += 1;
      if (known.count > SINGLE_MAX) {
        known.suppressed += 1;
        return undefined;
      }
      const { suppressed } = known;
      known.suppressed = 0;
      return suppressed;
    },
  };
};
