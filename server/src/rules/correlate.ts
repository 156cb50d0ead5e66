import type { Bound, Correlation, CorrelationHit, Episode } from "./correlation.ts";
import { fieldOfRule, LIST_SEPARATOR, valueOf, valuesOf } from "./correlation.ts";
import { numberOf } from "./field-values.ts";
import { createWindow } from "./correlation-window.ts";

const HITS_KEPT = 100;

const SHRINKING: readonly Bound[] = ["lt", "lte", "eq", "neq"];

const isMet = (value: number, { bound, value: wanted }: Correlation["bounds"][number]): boolean => {
  switch (bound) {
    case "gt":
      return value > wanted;
    case "gte":
      return value >= wanted;
    case "lt":
      return value < wanted;
    case "lte":
      return value <= wanted;
    case "eq":
      return value === wanted;
    case "neq":
      return value !== wanted;
  }
};

const meets = ({ bounds }: Correlation, value: number | undefined): value is number =>
  value !== undefined && bounds.every((bound) => isMet(value, bound));

/** The group's values, or undefined where the hit lacks one of them: who is missing is nobody in particular. */
const groupOf = (correlation: Correlation, hit: CorrelationHit): Readonly<Record<string, string>> | undefined => {
  const group: Record<string, string> = {};
  for (const field of correlation.groupBy) {
    const value = hit.fields[fieldOfRule(correlation, field, hit.rule)] ?? "";
    if (value === "") return undefined;
    group[field] = value.replaceAll(LIST_SEPARATOR, ", ");
  }
  return group;
};

interface Stretch {
  start: number;
  fired: number;
  end: number;
  value: number;
}

const inOrder = (left: CorrelationHit, right: CorrelationHit): number =>
  left.timeMs - right.timeMs || (left.event < right.event ? -1 : left.event > right.event ? 1 : 0);

/** How far before a hit its correlation looks. */
export const memoryMs = ({ past }: Correlation): number =>
  Math.max(past?.novelty?.unseenForMs ?? 0, past?.withoutMs ?? 0);

/** Of hits in order those of the last rule that their past allows; where it may lie before `sinceMs` none is judged. */
const withPast = (
  correlation: Correlation,
  hits: readonly CorrelationHit[],
  sinceMs: number,
): readonly CorrelationHit[] => {
  const { past, rules } = correlation;
  if (past === undefined) return hits;
  const { novelty, withoutMs } = past;
  const firstMs = hits[0]?.timeMs ?? 0;
  const memory = memoryMs(correlation);
  const last = rules.at(-1);
  const seen = new Map<string, number>();
  let otherMs = Number.NEGATIVE_INFINITY;
  const isNew = (timeMs: number, value: string): boolean => {
    if (novelty === undefined) return true;
    const beforeMs = seen.get(value) ?? Number.NEGATIVE_INFINITY;
    return timeMs - firstMs >= novelty.knownForMs && timeMs - beforeMs > novelty.unseenForMs;
  };
  return hits.filter((hit) => {
    const { timeMs, rule } = hit;
    if (rule !== last) {
      otherMs = timeMs;
      return false;
    }
    const values = valuesOf(correlation, hit);
    const counts = values.some((value) => isNew(timeMs, value)) && timeMs - otherMs > withoutMs;
    for (const value of values) seen.set(value, timeMs);
    return counts && timeMs - memory >= sinceMs;
  });
};

/** Windows that end at each hit: for conditions that a further hit can only bring nearer. */
const slide = (correlation: Correlation, hits: readonly CorrelationHit[]): readonly Stretch[] => {
  const window = createWindow(correlation);
  const stretches: Stretch[] = [];
  let oldest = 0;
  for (const [index, hit] of hits.entries()) {
    window.add(hit, numberOf(valueOf(correlation, hit)));
    for (let first = hits[oldest]; first !== undefined && first.timeMs < hit.timeMs - correlation.timespanMs;) {
      window.remove(first, numberOf(valueOf(correlation, first)));
      oldest += 1;
      first = hits[oldest];
    }
    const value = window.value(hit.timeMs - correlation.timespanMs);
    if (!meets(correlation, value)) continue;
    const last = stretches.at(-1);
    if (last !== undefined && oldest <= last.end) {
      last.end = index;
      last.value = Math.max(last.value, value);
    } else stretches.push({ start: oldest, fired: index, end: index, value });
  }
  return stretches;
};

/** Windows one behind the other, each from a hit on and judged when it is over: for conditions with an upper bound. */
const tumble = (correlation: Correlation, hits: readonly CorrelationHit[], untilMs: number): readonly Stretch[] => {
  const stretches: Stretch[] = [];
  for (let start = 0; start < hits.length;) {
    const startMs = hits[start]?.timeMs ?? 0;
    if (startMs + correlation.timespanMs >= untilMs) break;
    const window = createWindow(correlation);
    let end = start;
    for (; end < hits.length; end += 1) {
      const hit = hits[end];
      if (hit === undefined || hit.timeMs > startMs + correlation.timespanMs) break;
      window.add(hit, numberOf(valueOf(correlation, hit)));
    }
    const value = window.value(startMs);
    if (meets(correlation, value)) stretches.push({ start, fired: end - 1, end: end - 1, value });
    start = end;
  }
  return stretches;
};

/**
 * Where a correlation held, by group. `untilMs`: the time of the looking; windows that are judged when they are over
 * wait for it. `sinceMs`: from when on the hits are whole. Pure and linear in the hits, but for sorting; the order of the hits does not matter.
 */
export const correlate = (
  correlation: Correlation,
  hits: readonly CorrelationHit[],
  untilMs: number,
  sinceMs = Number.NEGATIVE_INFINITY,
): readonly Episode[] => {
  const groups = new Map<
    string,
    { readonly group: Readonly<Record<string, string>>; readonly hits: CorrelationHit[] }
  >();
  for (const hit of hits) {
    if (!correlation.rules.includes(hit.rule)) continue;
    const group = groupOf(correlation, hit);
    if (group === undefined) continue;
    const name = JSON.stringify(Object.values(group));
    const known = groups.get(name);
    if (known === undefined) groups.set(name, { group, hits: [hit] });
    else known.hits.push(hit);
  }
  const isWhole = correlation.bounds.some(({ bound }) => SHRINKING.includes(bound));
  return [...groups.values()].flatMap(({ group, hits: unordered }) => {
    const ordered = withPast(correlation, unordered.toSorted(inOrder), sinceMs);
    const stretches = isWhole ? tumble(correlation, ordered, untilMs) : slide(correlation, ordered);
    return stretches.flatMap(({ start, fired, end, value }): Episode[] => {
      const [first, firing, last] = [ordered[start], ordered[fired], ordered[end]];
      if (first === undefined || firing === undefined || last === undefined) return [];
      return [
        {
          group,
          startMs: first.timeMs,
          firedMs: firing.timeMs,
          endMs: last.timeMs,
          event: firing.event,
          value,
          hits: ordered.slice(Math.max(start, end + 1 - HITS_KEPT), end + 1),
          count: end + 1 - start,
        },
      ];
    });
  });
};
