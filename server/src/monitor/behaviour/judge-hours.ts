import { type Anomaly, DIMENSIONS, type Dimension, type HourlyRow } from "@parapet/model";
import {
  type Baseline,
  echoesOf,
  judge,
  learnSimilarity,
  type Peers,
  type Placed,
  similarityOf,
  withCommonCauses,
} from "#detection";
import { baselineNote, learnSome, readBaselines } from "./baselines.ts";
import { raiseAnomaly } from "./raise-anomaly.ts";
import {
  type LookTools,
  breathe,
  DAY_MS,
  dayStart,
  HOUR_MS,
  hourStart,
  readMark,
  subjectOf,
  writeMark,
} from "./tools.ts";

const MARK = "judged";
/** After an outage of the monitor, hours further back are history and no news. */
const BEHIND_MS = 48 * HOUR_MS;
/** Newcomers that get a first baseline in one run, so that the look at their peers has a group. */
const NEWCOMERS_MAX = 200;

export interface JudgedHours {
  readonly hours: number;
  readonly anomalies: number;
  /** Today's hours of principals with their samples, for the signs of theft. */
  readonly principals: readonly HourlyRow[];
}

/**
 * Judges all hours since the last look, the running one too, and learns the likeness of prompts from those that are
 * over. The hour before the running one is looked at until the next is over: events may come late.
 */
export const judgeHours = async (tools: LookTools, peers: Peers): Promise<JudgedHours> => {
  const { clock } = tools;
  const nowMs = clock.now();
  const runningMs = hourStart(nowMs);
  const doneMs = Math.max((await readMark(tools, MARK)) ?? runningMs - HOUR_MS, runningMs - BEHIND_MS);
  let hours = 0;
  let anomalies = 0;
  const principals: HourlyRow[] = [];
  const placed: Placed[] = [];
  for (const dimension of DIMENSIONS) {
    const found: Placed[] = [];
    const active = new Set<string>();
    for await (const batch of scanRecent(tools, dimension, dayStart(doneMs), nowMs)) {
      const look = await lookAt(tools, dimension, batch, peers, { doneMs, runningMs, nowMs });
      found.push(...look.anomalies);
      hours += look.hours;
      for (const { id, hourMs } of batch) if (hourMs >= doneMs) active.add(id);
      if (dimension === "principal") principals.push(...batch.filter(({ hourMs }) => hourMs >= dayStart(nowMs)));
    }
    const seenWith = new Map(found.map((one) => [placeOf(one.anomaly), one.seenWith]));
    const told = withCommonCauses(
      found.map(({ anomaly }) => anomaly),
      { [dimension]: active.size },
    );
    placed.push(...told.map((anomaly) => ({ anomaly, seenWith: seenWith.get(placeOf(anomaly)) ?? {} })));
  }
  const echoes = echoesOf(placed);
  for (const { anomaly } of placed) if (await raiseAnomaly(tools, anomaly, echoes.has(anomaly))) anomalies += 1;
  await writeMark(tools, MARK, runningMs - HOUR_MS);
  return { hours, anomalies, principals };
};

const placeOf = ({ subject, hourMs }: Anomaly): string => `${String(hourMs)} ${subject}`;

const scanRecent = ({ events, tenant }: LookTools, dimension: Dimension, fromMs: number, nowMs: number) =>
  events.scanHourly(tenant, {
    dimension,
    fromMs,
    untilMs: hourStart(nowMs) + HOUR_MS,
    parts: dimension === "principal" ? ["values", "samples"] : ["values"],
  });

const lookAt = async (
  tools: LookTools,
  dimension: Dimension,
  batch: readonly HourlyRow[],
  peers: Peers,
  { doneMs, runningMs, nowMs }: { readonly doneMs: number; readonly runningMs: number; readonly nowMs: number },
) => {
  const byId = Map.groupBy(batch, ({ id }) => id);
  const known = new Map(
    await readBaselines(
      tools,
      [...byId.keys()].map((id) => subjectOf(dimension, id)),
    ),
  );
  const strangers = batch.filter(({ id }) => !known.has(subjectOf(dimension, id)));
  const newcomers = new Set([...new Set(strangers.map(({ id }) => id))].slice(0, NEWCOMERS_MAX));
  for (const baseline of await learnSome(
    tools,
    dimension,
    strangers.filter(({ id }) => newcomers.has(id)),
    () => new Set(),
    nowMs,
  ))
    known.set(subjectOf(dimension, baseline.id), baseline);
  const anomalies: Placed[] = [];
  const relearned: Baseline[] = [];
  let hours = 0;
  for (const [id, rows] of byId) {
    let baseline = known.get(subjectOf(dimension, id));
    let day = { dayMs: -1, events: 0, tokens: 0 };
    for (const row of rows) {
      const dayMs = Math.floor(row.hourMs / DAY_MS);
      if (day.dayMs !== dayMs) day = { dayMs, events: 0, tokens: 0 };
      day.events += row.counts.events;
      day.tokens += row.counts.inputTokens + row.counts.outputTokens;
      if (row.hourMs < doneMs) continue;
      hours += 1;
      const found = judge({ row, day, baseline, peers }, tools.settings.baselines);
      anomalies.push(...found.map((anomaly) => ({ anomaly, seenWith: row.values })));
      const share = row.hourMs < runningMs - HOUR_MS ? similarityOf(row) : undefined;
      if (baseline !== undefined && share !== undefined && !found.some(({ kind }) => kind === "similarity")) {
        baseline = learnSimilarity(baseline, share);
        relearned.push(baseline);
      }
    }
    await breathe();
  }
  const newest = new Map(relearned.map((baseline) => [baseline.id, baseline]));
  await tools.control.putNotes(tools.tenant, [...newest.values()].map(baselineNote));
  return { anomalies, hours };
};
