import type { BehaviourMetric } from "@parapet/model/api";
import type { HourlyRow } from "@parapet/model";
import type { Baseline } from "./baseline.ts";
import { weekHourOf } from "./calendar.ts";
import { tokensOf } from "./learn.ts";
import type { LevelProfile } from "./level.ts";
import { round } from "./statistics.ts";

export interface Band {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

const SIGMAS = 2;

/** What a metric of an hour was. */
export const metricOf = (row: HourlyRow, metric: BehaviourMetric): number => {
  const { counts } = row;
  switch (metric) {
    case "events":
      return counts.events;
    case "tokens":
      return tokensOf(row);
    case "latency":
      return counts.latencies === 0 ? 0 : round(Math.expm1(counts.latencyLog / counts.latencies), 1);
    default:
      return counts[metric];
  }
};

const levelBand = ({ slots, centre, scale }: LevelProfile, hourMs: number): Band => {
  const level = slots[weekHourOf(hourMs)] ?? centre;
  const at = (sigmas: number): number => round(Math.max(0, Math.expm1(level + sigmas * scale)), 1);
  return { expected: at(0), low: at(-SIGMAS), high: at(SIGMAS) };
};

/** What is expected of an hour in which so many events were; undefined while it is not known. */
export const bandOf = (baseline: Baseline, metric: BehaviourMetric, row: HourlyRow): Band | undefined => {
  if (!baseline.ready) return undefined;
  switch (metric) {
    case "events":
    case "tokens":
      return levelBand(baseline.week[metric], row.hourMs);
    case "latency":
      return baseline.week.latency === undefined ? undefined : levelBand(baseline.week.latency, row.hourMs);
    default: {
      const { rate, dispersion } = baseline.rates[metric];
      const expected = rate * row.counts.events;
      const spread = SIGMAS * Math.sqrt(dispersion * expected + 1);
      return {
        expected: round(expected, 1),
        low: round(Math.max(0, expected - spread), 1),
        high: round(expected + spread, 1),
      };
    }
  }
};
