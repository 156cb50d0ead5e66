import type { DriftSettings, DriftSide, DriftState, Dimension, HourlyRow } from "@parapet/model";
import { DAY_MS, HOUR_MS } from "../baseline/calendar.ts";
import { merged, withoutRushes, type CalmDay } from "./rushes.ts";
import { distributionsOf, valueOfBucket, type Distribution } from "../features/cells.ts";
import { round } from "../baseline/statistics.ts";
import { binned, changePoint, chanceOfKs, jensenShannon, kolmogorovSmirnov, pageHinkley, psi } from "./statistics.ts";

export interface DriftQuestion {
  readonly dimension: Dimension;
  readonly id: string;
  /** Hours of the reference and of the window, in time order, with their cells. */
  readonly rows: readonly HourlyRow[];
  /** First hour of the reference; with a drift that goes on, the one it had when it began. */
  readonly referenceFromMs: number;
  readonly referenceUntilMs: number;
  readonly windowFromMs: number;
}

/** One feature compared with its reference. */
export type Compared = Omit<DriftState, "sinceMs" | "cause" | "seenMs">;

const SIDES: readonly (readonly [string, DriftSide])[] = [
  ["input.", "input"],
  ["feature.", "input"],
  ["output.", "output"],
  ["prediction.", "output"],
  ["score", "score"],
  ["injection.score", "score"],
];
const sideOf = (feature: string): DriftSide | undefined => SIDES.find(([prefix]) => feature.startsWith(prefix))?.[1];

/** Every day and every hour of a question, by feature; hours, of which there are many, only where they are asked for. */
interface Series {
  readonly days: readonly { readonly at: number; readonly own: ReadonlyMap<string, Distribution> }[];
  readonly hours: () => Series["days"];
}

/** How much more than its own days among each other a window has to differ from them. */
const OWN_TIMES = 1.5;
const DAY_SAMPLES_MIN = 50;

/** Fewest days of a reference that say how days differ from each other. */
const REFERENCE_DAYS_MIN = 4;

/**
 * Every feature of a model or route, window against reference. Features with too few samples, or too few days of them,
 * are left out, and so are callers who had suddenly much of the traffic: what one of them does is theirs.
 */
export const compare = (question: DriftQuestion, settings: DriftSettings): readonly Compared[] => {
  const calm = withoutRushes(question);
  const cellsOf = (part: CalmDay["part"]) => calm.days.flatMap((one) => (one.part === part ? [one.cells] : []));
  const reference = distributionsOf(merged(cellsOf("reference")));
  const window = distributionsOf(merged(cellsOf("window")));
  const days = cellsOf("reference").map((cells) => distributionsOf(cells));
  const byDay = [...Map.groupBy(calm.days, ({ day }) => day)].toSorted(([one], [other]) => one - other);
  let hours: Series["days"] | undefined;
  // Taken apart once for all features, of which there are dozens.
  const series: Series = {
    days: byDay.map(([day, parts]) => ({ at: day, own: distributionsOf(merged(parts.map(({ cells }) => cells))) })),
    hours: () => (hours ??= question.rows.map((row) => ({ at: row.hourMs, own: distributionsOf(calm.cellsOf(row)) }))),
  };
  return [...window].flatMap(([feature, current]): Compared[] => {
    const expected = reference.get(feature);
    const side = sideOf(feature);
    if (expected === undefined || side === undefined || expected.kind !== current.kind) return [];
    if (expected.total < settings.samplesMin || current.total < settings.samplesMin) return [];
    if (days.filter((day) => (day.get(feature)?.total ?? 0) >= DAY_SAMPLES_MIN).length < REFERENCE_DAYS_MIN) return [];
    return [compareOne(question, side, expected, current, days, series, settings)];
  });
};

const compareOne = (
  { dimension, id, referenceUntilMs }: DriftQuestion,
  side: DriftSide,
  expected: Distribution,
  current: Distribution,
  days: readonly ReadonlyMap<string, Distribution>[],
  series: Series,
  settings: DriftSettings,
): Compared => {
  const { feature } = expected;
  const own = days.flatMap((day) => {
    const one = day.get(feature);
    if (one === undefined || one.total < DAY_SAMPLES_MIN) return [];
    const bins = binned(expected, one);
    return [{ psi: psi(bins), js: jensenShannon(bins), ks: kolmogorovSmirnov(expected, one) }];
  });
  const above = (declared: number, of: (one: (typeof own)[number]) => number): number =>
    Math.max(declared, OWN_TIMES * Math.max(0, ...own.map(of)));
  const bins = binned(expected, current);
  const ks = expected.kind === "number" ? kolmogorovSmirnov(expected, current) : undefined;
  const slow = slowShift(feature, series, referenceUntilMs);
  const statistics = [
    statistic(
      "PSI",
      psi(bins),
      above(settings.psi, (one) => one.psi),
    ),
    statistic(
      "Jensen-Shannon",
      jensenShannon(bins),
      above(settings.jensenShannon, (one) => one.js),
    ),
    ...(ks === undefined
      ? []
      : [
          statistic(
            "Kolmogorov-Smirnov",
            ks,
            Math.max(
              above(settings.kolmogorovSmirnov, (one) => one.ks),
              chanceOfKs(expected.total, current.total),
            ),
          ),
        ]),
    ...(slow === undefined ? [] : [statistic("Page-Hinkley", slow, settings.pageHinkley)]),
  ];
  const worst = statistics.toSorted((a, b) => b.value / b.threshold - a.value / a.threshold)[0];
  const drifting = statistics.filter(({ value, threshold }) => value >= threshold);
  // One statistic alone may have its own blind side; a slow shift is seen by its sum only.
  const isDrifting = drifting.length >= 2 || drifting.some(({ name }) => name === "Page-Hinkley");
  return {
    dimension,
    subject: id,
    feature,
    side,
    statistics,
    drifting: isDrifting,
    samples: Math.round(current.total),
    referenceSamples: Math.round(expected.total),
    before: typical(expected),
    now: typical(current),
    onsetMs: (isDrifting ? onsetOf(feature, series, expected, current) : undefined) ?? referenceUntilMs,
    strength: worst === undefined ? 0 : round(worst.value / worst.threshold),
  };
};

const statistic = (name: string, value: number, threshold: number) => ({
  name,
  value: round(value, 3),
  threshold: round(threshold, 3),
});

/** In words: the median of numbers, the commonest names with their shares. */
const typical = ({ kind, cells, total }: Distribution): string => {
  if (kind === "name")
    return [...cells]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, 2)
      .map(([name, count]) => `${name} ${Math.round((100 * count) / total)}%`)
      .join(", ");
  let seen = 0;
  for (const [bucket, count] of [...cells]
    .map(([cell, count]) => [Number(cell), count] as const)
    .toSorted((a, b) => a[0] - b[0])) {
    seen += count;
    if (2 * seen >= total) return `median ${round(valueOfBucket(bucket), 2)}`;
  }
  return "";
};

/** Mean of a feature: of its buckets, or the share of the name whose share changed most. */
const meanOf = (distribution: Distribution | undefined, name: string | undefined): number | undefined => {
  if (distribution === undefined || distribution.total === 0) return undefined;
  if (distribution.kind === "name") return (distribution.cells.get(name ?? "") ?? 0) / distribution.total;
  let sum = 0;
  for (const [bucket, count] of distribution.cells) sum += Number(bucket) * count;
  return sum / distribution.total;
};

const HOUR_SAMPLES_MIN = 5;

/** The hour in which the shift began, as the series of hourly means has it. */
const onsetOf = (
  feature: string,
  { hours }: Series,
  expected: Distribution,
  current: Distribution,
): number | undefined => {
  const moved = [...new Set([...expected.cells.keys(), ...current.cells.keys()])].toSorted(
    (a, b) => shift(b, expected, current) - shift(a, expected, current),
  )[0];
  const series = hours().flatMap(({ at, own: all }) => {
    const own = all.get(feature);
    const mean = own === undefined || own.total < HOUR_SAMPLES_MIN ? undefined : meanOf(own, moved);
    return mean === undefined ? [] : [{ at, mean }];
  });
  const place = changePoint(series.map(({ mean }) => mean));
  return place === undefined ? undefined : series[place]?.at;
};

const shift = (name: string, expected: Distribution, current: Distribution): number =>
  Math.abs((current.cells.get(name) ?? 0) / current.total - (expected.cells.get(name) ?? 0) / expected.total);

const DAYS_MIN = 5;
/** What a day can add at most: a slow shift is many days, and one strange day is none. */
const DAY_SIGMAS_MAX = 3;

/** Page-Hinkley over the daily means of a number; undefined where the reference has too few days to know their spread. */
const slowShift = (feature: string, series: Series, referenceUntilMs: number): number | undefined => {
  const days = series.days.flatMap(({ at: day, own: all }) => {
    const own = all.get(feature);
    const mean = own?.kind === "number" && own.total >= DAY_SAMPLES_MIN ? meanOf(own, undefined) : undefined;
    return mean === undefined ? [] : [{ day, mean }];
  });
  const before = days.filter(({ day }) => (day + 1) * DAY_MS <= referenceUntilMs + HOUR_MS).map(({ mean }) => mean);
  if (before.length < DAYS_MIN) return undefined;
  const centre = before.reduce((sum, mean) => sum + mean, 0) / before.length;
  const spread = Math.sqrt(before.reduce((sum, mean) => sum + (mean - centre) ** 2, 0) / (before.length - 1));
  // Half a bucket is as exact as buckets are.
  const sigmas = days.map(({ mean }) => (mean - centre) / Math.max(0.5, spread));
  return pageHinkley(sigmas.map((one) => Math.max(-DAY_SIGMAS_MAX, Math.min(DAY_SIGMAS_MAX, one))));
};
