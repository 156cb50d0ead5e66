import type {
  BehaviourMetric,
  BehaviourResponse,
  BehaviourSeries,
  BehaviourSubject,
  DriftResponse,
} from "@parapet/model/api";
import { plural } from "../../components/format.ts";

export const METRIC_WORDS: Readonly<Record<BehaviourMetric, string>> = {
  events: "Events",
  tokens: "Tokens",
  latency: "Typical latency, ms",
  errors: "Errors",
  refusals: "Refusals",
  blocks: "Blocks",
  nearMisses: "Near-misses",
};

/** The page's sentence: what is out of the ordinary, or why nothing can be said yet. */
export const answerOf = (
  { enabled, ready, learning, anomalies }: BehaviourResponse,
  drift: Pick<DriftResponse, "items"> | undefined,
): string => {
  if (!enabled) return "Behaviour is not looked at.";
  if (ready + learning === 0) return "Nothing is known of anybody yet.";
  const drifting = drift?.items.filter((one) => one.drifting).length ?? 0;
  const strange = [
    ...(anomalies.length > 0 ? [plural(anomalies.length, "anomaly", "anomalies")] : []),
    ...(drifting > 0 ? [plural(drifting, "drifting feature")] : []),
  ];
  if (strange.length > 0) return `${strange.join(" and ")} in the last seven days.`;
  return ready === 0 ? "Still learning what is ordinary." : "Nothing is out of the ordinary.";
};

export const stateWords = ({ ready, hours, hoursNeeded, days, daysNeeded }: BehaviourSubject): string =>
  ready
    ? `ready, from ${plural(hours, "hour")}`
    : `learning: ${Math.min(hours, hoursNeeded)} of ${plural(hoursNeeded, "hour")}, ${Math.min(days, daysNeeded)} of ${plural(daysNeeded, "day")}`;

const HOUR_SECONDS = 3_600;

/** The points of a series with nothing in the hours in which nothing was done, so that no line leads through them. */
export const chartOf = ({ points, anomalies, changes }: BehaviourSeries) => {
  const times: number[] = [];
  const seen: (number | null)[] = [];
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  const add = (time: number, values: readonly [number | null, number | null, number | null]): void => {
    times.push(time);
    seen.push(values[0]);
    low.push(values[1]);
    high.push(values[2]);
  };
  for (const point of points) {
    const time = Date.parse(point.time) / 1_000;
    const last = times.at(-1);
    if (last !== undefined && time - last > HOUR_SECONDS) add(last + HOUR_SECONDS, [null, null, null]);
    add(time, [point.seen, point.low ?? null, point.high ?? null]);
  }
  const hours = new Set(anomalies.map(({ hourMs }) => hourMs / 1_000));
  return {
    times,
    seen,
    low,
    high,
    strange: new Set(times.flatMap((time, at) => (hours.has(time) && seen[at] !== null ? [at] : []))),
    changes: changes.map(({ time }) => Date.parse(time) / 1_000),
  };
};
