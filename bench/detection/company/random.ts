import { hash } from "node:crypto";

/** Numbers that are the same in every run: whoever asks under one name gets one row of them. */
export interface Random {
  /** From 0 to 1, 1 excluded. */
  readonly next: () => number;
  /** Whole, from 0 to `below`, `below` excluded. */
  readonly whole: (below: number) => number;
  readonly between: (low: number, high: number) => number;
  readonly chance: (share: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  /** How often something of that mean rate happened. */
  readonly count: (mean: number) => number;
  /** Around the median, long to the right. */
  readonly skewed: (median: number, spread?: number) => number;
  readonly hex: (digits: number) => string;
  readonly uuid: () => string;
}

/** mulberry32: small, fast and good enough for traffic. */
export const randomOf = (name: string): Random => {
  let state = Number.parseInt(hash("sha256", name, "hex").slice(0, 8), 16);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (below: number): number => Math.floor(next() * below);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const hex = (digits: number): string => {
    let text = "";
    while (text.length < digits)
      text += Math.floor(next() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, digits);
  };
  return {
    next,
    whole,
    between: (low, high) => low + next() * (high - low),
    chance: (share) => next() < share,
    pick: (items) => {
      const item = items[whole(items.length)];
      if (item === undefined) throw new Error("there is nothing to pick from");
      return item;
    },
    count: (mean) => {
      if (mean > 30) return Math.max(0, Math.round(mean + gauss() * Math.sqrt(mean)));
      const limit = Math.exp(-mean);
      let product = next();
      let count = 0;
      while (product > limit) {
        count += 1;
        product *= next();
      }
      return count;
    },
    skewed: (median, spread = 0.5) => median * Math.exp(gauss() * spread),
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  };
};
