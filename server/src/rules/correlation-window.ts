import { type Correlation, type CorrelationHit, valuesOf } from "./correlation.ts";

/** What is known of the hits of one group between two moments. Hits come and go in order. */
export interface CorrelationWindow {
  /** `number`: the hit's value, where it is one. */
  readonly add: (hit: CorrelationHit, number: number | undefined) => void;
  readonly remove: (hit: CorrelationHit, number: number | undefined) => void;
  /** What the condition is held against; undefined where there is nothing to be counted. `sinceMs`: its beginning. */
  readonly value: (sinceMs: number) => number | undefined;
}

const createTally = () => {
  const counts = new Map<string, number>();
  return {
    change: (name: string, by: 1 | -1): void => {
      const count = (counts.get(name) ?? 0) + by;
      if (count > 0) counts.set(name, count);
      else counts.delete(name);
    },
    size: (): number => counts.size,
  };
};

const counting = (): CorrelationWindow => {
  let count = 0;
  return {
    add: () => {
      count += 1;
    },
    remove: () => {
      count -= 1;
    },
    value: () => count,
  };
};

const telling = (namesOf: (hit: CorrelationHit) => readonly string[]): CorrelationWindow => {
  const tally = createTally();
  const change = (hit: CorrelationHit, by: 1 | -1): void => {
    for (const name of namesOf(hit)) tally.change(name, by);
  };
  return { add: (hit) => change(hit, 1), remove: (hit) => change(hit, -1), value: () => tally.size() };
};

/** The longest beginning of the rules that was seen in order, by the latest moment at which it can have begun. */
const ordering = (rules: readonly string[]): CorrelationWindow => {
  const begun: (number | undefined)[] = rules.map(() => undefined);
  return {
    add: ({ rule, timeMs }) => {
      for (let place = rules.length - 1; place >= 0; place -= 1) {
        if (rules[place] !== rule) continue;
        begun[place] = place === 0 ? timeMs : (begun[place - 1] ?? begun[place]);
      }
    },
    remove: () => undefined,
    value: (sinceMs) => begun.filter((beganMs) => beganMs !== undefined && beganMs >= sinceMs).length,
  };
};

const summing = (isAverage: boolean): CorrelationWindow => {
  let [sum, count] = [0, 0];
  const change = (number: number | undefined, by: 1 | -1): void => {
    if (number === undefined) return;
    count += by;
    // What went in and out leaves no rest behind.
    sum = count === 0 ? 0 : sum + by * number;
  };
  return {
    add: (_, number) => change(number, 1),
    remove: (_, number) => change(number, -1),
    value: () => (count === 0 ? undefined : isAverage ? sum / count : sum),
  };
};

/** Nearest rank: the smallest value that at least `percentile` of a hundred do not exceed. */
const ranking = (percentile: number): CorrelationWindow => {
  const sorted: number[] = [];
  const placeOf = (number: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add: (_, number) => {
      if (number !== undefined) sorted.splice(placeOf(number), 0, number);
    },
    remove: (_, number) => {
      if (number !== undefined) sorted.splice(placeOf(number), 1);
    },
    value: () => sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)],
  };
};

export const createWindow = (correlation: Correlation): CorrelationWindow => {
  switch (correlation.type) {
    case "event_count":
      return counting();
    case "value_count":
      return telling((hit) => valuesOf(correlation, hit));
    case "temporal":
      return telling(({ rule }) => [rule]);
    case "temporal_ordered":
      return ordering(correlation.rules);
    case "value_sum":
      return summing(false);
    case "value_avg":
      return summing(true);
    case "value_percentile":
    case "value_median":
      return ranking(correlation.percentile);
  }
};
