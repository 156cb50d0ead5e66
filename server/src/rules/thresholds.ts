import type { Correlation, CorrelationHit } from "./correlation.ts";
import type { RuleSet } from "./rule-set.ts";

/** What a correlation would have found with another number in its condition. */
export interface Threshold {
  readonly value: number;
  /** Stretches in which it would have held. */
  readonly fired: number;
  /** Different groups among them. */
  readonly groups: number;
  /** The one that the rule has. */
  readonly isInForce: boolean;
  /** The lowest at which nothing of these hits would have fired: right only where all of them are ordinary. */
  readonly isQuiet: boolean;
}

const TIMES = [0.5, 0.75, 1, 1.5, 2, 3, 5];

/**
 * A correlation over past hits at several thresholds about its own. Undefined where a single lower bound is not its
 * condition, for then there is no one number to choose.
 */
export const thresholdsOf = (
  set: Pick<RuleSet, "correlate">,
  correlation: Correlation,
  hits: readonly CorrelationHit[],
  untilMs: number,
): readonly Threshold[] | undefined => {
  const [bound, ...others] = correlation.bounds;
  const isOrdered = correlation.type === "temporal" || correlation.type === "temporal_ordered";
  if (bound === undefined || others.length > 0 || isOrdered || correlation.past !== undefined) return undefined;
  if ((bound.bound !== "gte" && bound.bound !== "gt") || bound.value <= 0) return undefined;
  const isWhole = correlation.type === "event_count" || correlation.type === "value_count";
  const at = (value: number) => set.correlate({ ...correlation, bounds: [{ ...bound, value }] }, hits, untilMs);
  const ladder = TIMES.map((times) => (isWhole ? Math.max(1, Math.round(times * bound.value)) : times * bound.value));
  const peak = Math.max(0, ...at(ladder[0] ?? bound.value).map(({ value }) => value));
  // Of `gt` the peak itself is quiet.
  const quiet = peak === 0 ? undefined : bound.bound === "gt" ? peak : isWhole ? peak + 1 : peak * 1.001;
  const values = new Set([...ladder, bound.value, ...(quiet === undefined ? [] : [quiet])]);
  return [...values]
    .toSorted((one, other) => one - other)
    .map((value) => {
      const episodes = at(value);
      return {
        value,
        fired: episodes.length,
        groups: new Set(episodes.map(({ group }) => JSON.stringify(Object.values(group)))).size,
        isInForce: value === bound.value,
        isQuiet: value === quiet,
      };
    });
};
