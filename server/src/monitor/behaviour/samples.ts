import type { Anomaly, AnomalyKind, DriftState, Event, FindingSample, HourlyRow, TheftSign } from "@parapet/model";
import { mostAlike, observe, type Observation, placeIn } from "#detection";
import type { SampleQuery } from "#storage";
import { textsOfEvent } from "./event-texts.ts";
import { type LookTools, breathe, DAY_MS, HOUR_MS } from "./tools.ts";

/** Events that are drawn to choose from, and shown of each part. */
const DRAWN = 300;
const SHOWN = 10;
const OBSERVED_AT_ONCE = 25;

interface Candidate {
  readonly event: Event;
  readonly observed: Observation;
}

type SampleTools = Pick<LookTools, "events" | "tenant" | "subjects" | "signatureSeed" | "logger">;

/** Nothing where it fails: what cannot be shown is found all the same. */
const draw = async (tools: SampleTools, query: Omit<SampleQuery, "limit">): Promise<readonly Candidate[]> =>
  drawObserved(tools, query).catch((error: unknown) => {
    tools.logger.warn({ error, dimension: query.dimension }, "events of a finding could not be read");
    return [];
  });

const drawObserved = async (tools: SampleTools, query: Omit<SampleQuery, "limit">): Promise<readonly Candidate[]> => {
  const drawn = await tools.events.sampleEvents(tools.tenant, { ...query, limit: DRAWN });
  const candidates: Candidate[] = [];
  // Delivery is at least once.
  for (const event of new Map(drawn.map((one) => [one.id, one])).values()) {
    const observed = observe(event, await textsOfEvent(tools.subjects, event), tools.signatureSeed);
    if (observed !== undefined) candidates.push({ event, observed });
    if (candidates.length % OBSERVED_AT_ONCE === 0) await breathe();
  }
  return candidates;
};

const SHOWN_UNITS_MAX = 200;

const sampleOf = ({ id, exchange, time }: Event, part: FindingSample["part"], shows: string): FindingSample => ({
  event: id,
  ...(exchange !== undefined && exchange !== "" && { exchange }),
  time,
  part,
  shows: shows.slice(0, SHOWN_UNITS_MAX),
});

/** What a drift is laid to, and events before and after it in which the feature is where most has gone from or come to. */
export const samplesOfDrift = async (
  tools: SampleTools,
  { dimension, subject: id, feature, onsetMs, cause }: DriftState,
  rows: readonly HourlyRow[],
  [reference, window]: readonly [before: readonly [number, number], now: readonly [number, number]],
): Promise<readonly FindingSample[]> => {
  const cellsIn = ([fromMs, untilMs]: readonly [number, number]) =>
    rows.filter(({ hourMs }) => hourMs >= fromMs && hourMs < untilMs).map(({ cells }) => cells);
  const drifted = [Math.max(window[0], onsetMs), window[1]] as const;
  const place = placeIn(feature, { before: cellsIn(reference), now: cellsIn(drifted) });
  const typical = async ([fromMs, untilMs]: readonly [number, number], part: "before" | "now") => {
    const sign = part === "now" ? 1 : -1;
    return (await draw(tools, { dimension, id, fromMs, untilMs }))
      .flatMap(({ event, observed }) => {
        const placed = place(observed.cells);
        const weight = sign * (placed?.gain ?? 0);
        return placed === undefined || weight <= 0 ? [] : [{ weight, sample: sampleOf(event, part, placed.shows) }];
      })
      .toSorted((one, other) => other.weight - one.weight)
      .slice(0, SHOWN)
      .map(({ sample }) => sample);
  };
  return [
    ...(cause?.event === undefined
      ? []
      : [{ event: cause.event, time: cause.time, part: "change" as const, shows: cause.sentence }]),
    ...(await typical(drifted, "now")),
    ...(await typical(reference, "before")),
  ];
};

/** How much an event has of what was strange, and how that is said; none: it has nothing of it. */
type Weigh = (candidate: Candidate, anomaly: Anomaly) => readonly [weight: number, shows: string];

const any: Weigh = ({ event, observed }) => [observed.counts.events ?? 0, event.kind];
const counted =
  (count: "errors" | "refusals" | "blocks" | "nearMisses", shows: string): Weigh =>
  ({ observed }) => [observed.counts[count] ?? 0, shows];

const WEIGH: Readonly<Record<AnomalyKind, Weigh>> = {
  volume: any,
  creep: any,
  similarity: ({ observed }) => [observed.sample === undefined ? 0 : 1, "one of many alike"],
  tokens: ({ observed: { counts } }) => {
    const tokens = (counts.inputTokens ?? 0) + (counts.outputTokens ?? 0);
    return [tokens, `${String(tokens)} tokens`];
  },
  latency: ({ observed: { counts } }) => {
    const ms = Math.round(Math.expm1(counts.latencyLog ?? 0));
    return [ms, `${String(ms)} ms`];
  },
  errors: counted("errors", "failed"),
  refusals: counted("refusals", "declined"),
  blocks: counted("blocks", "stopped by policy"),
  "near-misses": counted("nearMisses", "close to being stopped"),
  "first-seen": ({ event, observed }, { value = "" }) => {
    // An hour is a name that every event of it has.
    if (value.startsWith("hour=")) return [observed.counts.events ?? 0, event.kind];
    const feature = value.slice(0, value.indexOf("=") + 1);
    const found = observed.values.find((one) => (value === `${feature}*` ? one.startsWith(feature) : one === value));
    return [found === undefined ? 0 : 1, found ?? ""];
  },
};

/** Names that stand in an event as they are told, so that a rare one is found among many events. */
const WRITTEN = /^(?:tool|host)=(?<name>(?!\*$).+)$/s;

/** Events of the hour in which most of the anomaly is. */
export const samplesOfAnomaly = async (tools: SampleTools, anomaly: Anomaly): Promise<readonly FindingSample[]> => {
  const { dimension, subject, kind, hourMs, value } = anomaly;
  const word = WRITTEN.exec(value ?? "")?.groups?.["name"];
  const drawn = await draw(tools, {
    dimension,
    id: subject,
    ...(kind === "creep"
      ? { fromMs: hourMs - DAY_MS, untilMs: hourMs }
      : { fromMs: hourMs, untilMs: hourMs + HOUR_MS }),
    ...(word !== undefined && { word }),
  });
  return drawn
    .map((candidate) => ({ event: candidate.event, weighed: WEIGH[kind](candidate, anomaly) }))
    .filter(({ weighed }) => weighed[0] > 0)
    .toSorted((one, other) => other.weighed[0] - one.weighed[0])
    .slice(0, SHOWN)
    .map(({ event, weighed }) => sampleOf(event, "now", weighed[1]));
};

/** What was asked that day: those with most near-duplicates among them, where near-duplicates are the sign. */
export const samplesOfTheft = async (
  tools: SampleTools,
  { subject, kind, dayMs }: TheftSign,
): Promise<readonly FindingSample[]> => {
  const drawn = await draw(tools, { dimension: "principal", id: subject, fromMs: dayMs, untilMs: dayMs + DAY_MS });
  const asked = drawn.flatMap(({ event, observed: { sample } }) => (sample === undefined ? [] : [{ event, sample }]));
  const chosen =
    kind === "extraction"
      ? asked.slice(0, SHOWN)
      : mostAlike(
          asked.map(({ sample }) => sample),
          SHOWN,
        ).flatMap((place) => asked[place] ?? []);
  return chosen.map(({ event }) => sampleOf(event, "now", answerOf(event)));
};

const answerOf = ({ kind, body }: Event): string => {
  const { prediction, score, verdict } = body;
  if (kind !== "prediction") return typeof verdict === "string" ? verdict : kind;
  return `${String(prediction)}${typeof score === "number" ? `, score ${String(score)}` : ""}`;
};
