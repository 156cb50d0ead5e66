import type { Anomaly, AnomalyKind, BaselineSettings, Dimension, HourlyRow } from "@parapet/model";
import { type Baseline, RATES, type RateName } from "./baseline.ts";
import { DAY_MS, dayWords, HOUR_MS, hourWords, isWeekend, weekHourOf } from "./calendar.ts";
import { departure, type Departure, type LevelProfile } from "./level.ts";
import { tokensOf } from "./learn.ts";
import { circlesOf, valueKey, type Peers } from "./peers.ts";
import { rateDeparture } from "./rate.ts";
import { round, tidy } from "./statistics.ts";
import { neighbourhoodsOf } from "../theft/neighbourhoods.ts";

export interface Judged {
  readonly row: HourlyRow;
  /** The day up to and with this hour. */
  readonly day: { readonly events: number; readonly tokens: number };
  readonly baseline: Baseline | undefined;
  readonly peers: Peers;
}

/** Newcomers are told from others by their peers alone, so more has to be out of the ordinary. */
const NEWCOMER_SIGMAS = 2;
const LATENCIES_MIN = 10;
const LATENCY_TIMES = 1.5;
const RATE_WORDS: Readonly<Record<RateName, readonly [AnomalyKind, string]>> = {
  errors: ["errors", "errors"],
  refusals: ["refusals", "refusals"],
  blocks: ["blocks", "blocks"],
  nearMisses: ["near-misses", "near-misses of an injection or jailbreak"],
};

/** What of an hour is out of the ordinary. An hour that still runs may be judged too: more only makes it more. */
export const judge = (judged: Judged, settings: BaselineSettings): readonly Anomaly[] => {
  const { row, baseline } = judged;
  if (row.counts.events === 0) return [];
  if (baseline?.ready !== true) return judgeNewcomer(judged, settings);
  return [
    ...judgeLevels(row, judged.day, baseline, settings),
    ...judgeLatency(row, baseline, settings),
    ...RATES.flatMap((name) => judgeRate(row, baseline, name, settings)),
    ...judgeNames(judged, baseline),
    ...judgeClock(row, baseline, settings),
    ...judgeSimilarity(row, baseline, settings),
  ];
};

interface Seen {
  readonly kind: AnomalyKind;
  readonly what: string;
  readonly when: string;
  readonly seen: number;
  readonly history: number;
  readonly basis: string;
}

const anomalyOf = (row: HourlyRow, { kind, what, when, seen, history, basis }: Seen, found: Departure): Anomaly => ({
  dimension: row.dimension,
  subject: row.id,
  kind,
  hourMs: row.hourMs,
  sentence: `${row.id}: ${tidy(seen)} ${what} ${when}; ${found.expected} are expected (ordinary up to ${found.spread}), ${found.sigmas} sigmas above, from ${history} ${basis}.`,
  seen: tidy(seen),
  ...found,
  history,
});

const HOURS = "hours of history";

const judgeLevels = (
  row: HourlyRow,
  day: Judged["day"],
  baseline: Baseline,
  settings: BaselineSettings,
): readonly Anomaly[] => {
  const { hourMs } = row;
  const slot = weekHourOf(hourMs);
  const daySlot = isWeekend(slot) ? 1 : 0;
  const hour = `in the hour ${hourWords(hourMs)}`;
  const date = dateWords(hourMs);
  const looks: readonly [AnomalyKind, string, string, number, LevelProfile, number, number][] = [
    ["volume", "events", hour, row.counts.events, baseline.week.events, slot, settings.eventsMin],
    ["volume", "events", date, day.events, baseline.day.events, daySlot, settings.eventsMin],
    ["tokens", "tokens", hour, tokensOf(row), baseline.week.tokens, slot, settings.tokensMin],
    ["tokens", "tokens", date, day.tokens, baseline.day.tokens, daySlot, settings.tokensMin],
  ];
  const found = looks.flatMap(([kind, what, when, seen, profile, at, least]): Anomaly[] => {
    const found = departure(profile, at, seen, true);
    if (found.sigmas < settings.sigmas || seen - found.expected < least) return [];
    return [anomalyOf(row, { kind, what, when, seen, history: baseline.hours, basis: HOURS }, found)];
  });
  return strongestOf(found);
};

/** Hour and day say the same once: the stronger of the two. */
const strongestOf = (found: readonly Anomaly[]): readonly Anomaly[] =>
  ["volume", "tokens"].flatMap(
    (kind) => found.filter((one) => one.kind === kind).toSorted((a, b) => b.sigmas - a.sigmas)[0] ?? [],
  );

const dateWords = (hourMs: number): string =>
  `on ${dayWords(Math.floor(hourMs / DAY_MS) * DAY_MS)} until ${new Date(hourMs + HOUR_MS).toISOString().slice(11, 16)}`;

const judgeNewcomer = ({ row, day, baseline, peers }: Judged, settings: BaselineSettings): readonly Anomaly[] => {
  const group = (baseline === undefined ? [] : circlesOf(baseline))
    .map((circle) => peers.groups.get(circle))
    .find((one) => one !== undefined && one.members >= settings.peersMin);
  if (group === undefined) return [];
  const { hourMs } = row;
  const hour = `in the hour ${hourWords(hourMs)}`;
  const date = dateWords(hourMs);
  const looks: readonly [AnomalyKind, string, string, number, LevelProfile, number][] = [
    ["volume", "events", hour, row.counts.events, group.events, settings.eventsMin],
    ["volume", "events", date, day.events, group.day.events, settings.eventsMin],
    ["tokens", "tokens", hour, tokensOf(row), group.tokens, settings.tokensMin],
    ["tokens", "tokens", date, day.tokens, group.day.tokens, settings.tokensMin],
  ];
  const basis = "peers, without a history of its own";
  return strongestOf(
    looks.flatMap(([kind, what, when, seen, profile, least]) => {
      const found = departure(profile, 0, seen, true);
      if (found.sigmas < settings.sigmas + NEWCOMER_SIGMAS || seen - found.expected < least) return [];
      return [anomalyOf(row, { kind, what, when, seen, history: group.members, basis }, found)];
    }),
  );
};

const judgeLatency = (row: HourlyRow, { week, hours }: Baseline, settings: BaselineSettings): readonly Anomaly[] => {
  const { latencies, latencyLog } = row.counts;
  if (week.latency === undefined || latencies < LATENCIES_MIN) return [];
  const seen = Math.expm1(latencyLog / latencies);
  const found = departure(week.latency, weekHourOf(row.hourMs), seen, false);
  if (found.sigmas < settings.sigmas || seen < LATENCY_TIMES * found.expected) return [];
  const words = { what: "ms of typical latency", when: `in the hour ${hourWords(row.hourMs)}` };
  return [anomalyOf(row, { kind: "latency", ...words, seen, history: hours, basis: HOURS }, found)];
};

const judgeRate = (
  row: HourlyRow,
  baseline: Baseline,
  name: RateName,
  settings: BaselineSettings,
): readonly Anomaly[] => {
  const count = row.counts[name];
  const profile = baseline.rates[name];
  if (count < settings.countMin) return [];
  const found = rateDeparture(profile, count, row.counts.events);
  if (found.sigmas < settings.sigmas) return [];
  const [kind, what] = RATE_WORDS[name];
  const when = `among ${row.counts.events} events in the hour ${hourWords(row.hourMs)}`;
  return [anomalyOf(row, { kind, what, when, seen: count, history: baseline.hours, basis: HOURS }, found)];
};

/** Names that surprise where nothing new came up for long. People's own networks change; programs' do not. */
const SURPRISING: readonly {
  readonly feature: string;
  readonly word: string;
  readonly programsOnly?: true;
  /** What others do makes it no less strange, and who had none of its kind had no habit. */
  readonly ofOwn?: true;
}[] = [
  { feature: "tool", word: "tool" },
  { feature: "model", word: "model" },
  { feature: "host", word: "host" },
  { feature: "country", word: "country" },
  { feature: "network", word: "network", programsOnly: true },
  { feature: "access", word: "access to data", ofOwn: true },
];
const SETTLED_DAYS = 14;
const NAMES_MAX = 60;
/** Of as many of its kind knowing a name, it is nothing strange. */
const KNOWN_BY = 2;
const isProgram = (dimension: Dimension, id: string): boolean =>
  dimension !== "principal" || /^(service|key|agent):/.test(id);

const judgeNames = ({ row, peers }: Judged, baseline: Baseline): readonly Anomaly[] => {
  if (baseline.days < SETTLED_DAYS) return [];
  return SURPRISING.flatMap(({ feature, word, programsOnly, ofOwn }) => {
    if (programsOnly === true && !isProgram(row.dimension, row.id)) return [];
    const known = baseline.values[feature];
    // Who never had one has a new habit, which is worth a look; who often has new ones has that habit.
    if ((known?.late ?? 0) > 0 || (known?.names.length ?? 0) > NAMES_MAX) return [];
    if (ofOwn === true && (known?.sinceMs ?? row.hourMs) > row.hourMs - SETTLED_DAYS * DAY_MS) return [];
    const found = Object.entries(row.values).filter(([value]) => {
      const name = value.startsWith(`${feature}=`) ? value.slice(feature.length + 1) : "";
      if (name === "" || name === "other" || known?.names.includes(name) === true) return false;
      return ofOwn === true || (peers.knownBy.get(valueKey(row.dimension, feature, name)) ?? 0) < KNOWN_BY;
    });
    // Who goes through names does one thing, however many they are.
    if (found.length <= NAMES_TOLD) return found.map((one) => firstSeen(row, baseline, feature, word, [one]));
    return [firstSeen(row, baseline, feature, word, found)];
  });
};

/** So many new names of an hour are told one by one. */
const NAMES_TOLD = 3;

const firstSeen = (
  row: HourlyRow,
  baseline: Baseline,
  feature: string,
  word: string,
  found: readonly (readonly [value: string, count: number])[],
): Anomaly => {
  const names = baseline.values[feature]?.names.length ?? 0;
  // Rule of three: what was not seen in n days is rarer than 3/n, at 95 per cent.
  const rate = round(3 / baseline.days);
  const count = found.reduce((sum, [, times]) => sum + times, 0);
  const told = found.slice(0, NAMES_TOLD).map(([value]) => value.slice(feature.length + 1));
  const one = found.length === 1;
  const what = one ? `the ${word} ${told.join()}` : `${found.length} ${word} names (${told.join(", ")}, …)`;
  return {
    dimension: row.dimension,
    subject: row.id,
    kind: "first-seen",
    hourMs: row.hourMs,
    sentence: `${row.id}: ${what} for the first time, ${count} times in the hour ${hourWords(row.hourMs)}; ${names} are known and none was new since the first days (at most ${rate} a day expected), from ${baseline.hours} hours of history.`,
    seen: count,
    expected: 0,
    spread: rate,
    sigmas: round(Math.sqrt(baseline.days), 1),
    history: baseline.hours,
    value: one ? (found[0]?.[0] ?? "") : `${feature}=*`,
  };
};

const CLOCK_HOURS_MIN = 100;
const CLOCK_DISTANCE = 4;

const judgeClock = (row: HourlyRow, baseline: Baseline, settings: BaselineSettings): readonly Anomaly[] => {
  const { events } = row.counts;
  if (baseline.hours < CLOCK_HOURS_MIN || baseline.days < SETTLED_DAYS || events < settings.eventsMin) return [];
  const hour = weekHourOf(row.hourMs) % 24;
  const around = Array.from({ length: 2 * CLOCK_DISTANCE - 1 }, (_, at) => (hour + at - CLOCK_DISTANCE + 1 + 24) % 24);
  if (around.some((one) => (baseline.clock[one] ?? 0) > 0)) return [];
  const rate = round(3 / baseline.days);
  return [
    {
      dimension: row.dimension,
      subject: row.id,
      kind: "first-seen",
      hourMs: row.hourMs,
      sentence: `${row.id}: ${events} events in the hour ${hourWords(row.hourMs)}, for the first time at this time of the day; no hour within ${CLOCK_DISTANCE - 1} of it had any (at most ${rate} a day expected), from ${baseline.hours} hours of history.`,
      seen: events,
      expected: 0,
      spread: rate,
      sigmas: round(Math.sqrt(baseline.days), 1),
      history: baseline.hours,
      value: `hour=${String(hour).padStart(2, "0")}`,
    },
  ];
};

/** Distinct prompts of an hour from which their likeness says something, and hours of such before one is strange. */
const SIMILAR_MIN = 60;
const SIMILAR_HOURS = 5;
const SIMILAR_MORE = 0.3;
const SIMILAR_SHARE = 0.5;

/** Share of an hour's distinct prompts that are near-duplicates; undefined when they are too few. */
export const similarityOf = ({ samples }: HourlyRow): number | undefined => {
  if (samples.length < SIMILAR_MIN) return undefined;
  const { distinct, near } = neighbourhoodsOf(samples);
  return distinct < SIMILAR_MIN ? undefined : round(near / distinct);
};

/** What an hour that was nothing strange adds to the likeness that is known. */
export const learnSimilarity = (baseline: Baseline, share: number): Baseline => ({
  ...baseline,
  similarity: { hours: baseline.similarity.hours + 1, highest: Math.max(baseline.similarity.highest, share) },
});

const judgeSimilarity = (row: HourlyRow, baseline: Baseline, settings: BaselineSettings): readonly Anomaly[] => {
  const share = similarityOf(row);
  const { hours, highest } = baseline.similarity;
  if (share === undefined || share < Math.max(SIMILAR_SHARE, highest + SIMILAR_MORE)) return [];
  // Who never sent as many at once has no known likeness: then the number itself has to be unheard of.
  const volume = departure(baseline.week.events, weekHourOf(row.hourMs), row.counts.events, true);
  if (hours < SIMILAR_HOURS && volume.sigmas < settings.sigmas - 2) return [];
  const distinct = new Set(row.samples).size;
  return [
    {
      dimension: row.dimension,
      subject: row.id,
      kind: "similarity",
      hourMs: row.hourMs,
      sentence: `${row.id}: ${Math.round(share * 100)}% of ${distinct} distinct prompts in the hour ${hourWords(row.hourMs)} are near-duplicates of each other, as in scraping or fuzzing; its highest before was ${Math.round(highest * 100)}% (ordinary up to ${Math.round((highest + SIMILAR_MORE) * 100)}%), with ${volume.sigmas} sigmas of volume, from ${baseline.hours} hours of history.`,
      seen: share,
      expected: highest,
      spread: round(highest + SIMILAR_MORE),
      sigmas: volume.sigmas,
      history: baseline.hours,
    },
  ];
};
