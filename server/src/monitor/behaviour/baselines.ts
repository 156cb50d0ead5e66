import { Anomaly, DIMENSIONS, type Dimension, type HourlyRow } from "@parapet/model";
import { Baseline, learn, learnPeers, type Peers, summarise } from "#detection";
import { isClosed } from "#findings";
import type { Note, SeenValue } from "#storage";
import {
  type BehaviourTools,
  type LookTools,
  breathe,
  DAY_MS,
  dayStart,
  readMark,
  subjectOf,
  timeOf,
  writeMark,
} from "./tools.ts";
import { raiseAnomaly } from "./raise-anomaly.ts";

const FINDINGS_MAX = 500;
const MARK = "learned";

export const baselineNote = (baseline: Baseline): Note => ({
  kind: "baseline",
  id: subjectOf(baseline.dimension, baseline.id),
  subject: subjectOf(baseline.dimension, baseline.id),
  time: timeOf(baseline.learnedMs),
  data: baseline,
});

/** The baseline, and what lists show of it: reading everybody's figures for a list would take too long. */
const notesOf = (baseline: Baseline): readonly Note[] => {
  const note = baselineNote(baseline);
  return [note, { ...note, kind: "baseline-summary", data: summarise(baseline) }];
};

/** Baselines by the names of their subjects. */
export const readBaselines = async (
  { control, tenant }: BehaviourTools,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Baseline>> => {
  const notes = await control.listNotes(tenant, "baseline", { ids });
  const found = new Map<string, Baseline>();
  for (const { id, data } of notes) {
    const parsed = Baseline.safeParse(data);
    // One that an older version wrote is learned anew.
    if (parsed.success) found.set(id, parsed.data);
  }
  return found;
};

/** Days of each subject from which nothing is learned: they were anomalous, or a finding of theirs is open. */
const readExcluded = async ({ control, tenant, settings }: BehaviourTools, nowMs: number) => {
  const since = timeOf(nowMs - settings.baselines.historyDays * DAY_MS);
  const days = new Map<string, Set<number>>();
  const exclude = (subject: string, fromMs: number, untilMs: number): void => {
    const known = days.get(subject) ?? new Set();
    for (let day = Math.floor(fromMs / DAY_MS); day <= Math.floor(untilMs / DAY_MS); day += 1) known.add(day);
    days.set(subject, known);
  };
  for (const { subject, data } of await control.listNotes(tenant, "anomaly", { since })) {
    const anomaly = Anomaly.safeParse(data);
    // Growth is bounded by the reference; excluding its days would leave nothing to learn from.
    if (anomaly.success && anomaly.data.kind !== "creep") exclude(subject, anomaly.data.hourMs, anomaly.data.hourMs);
  }
  const { items } = await control.listFindings(tenant, { limit: FINDINGS_MAX, sinceMs: Date.parse(since) });
  for (const { rule, status, entities, firstSeen, lastSeen } of items) {
    if (isClosed(status) || rule === "behaviour.creep" || !/^(behaviour|theft)\./.test(rule)) continue;
    for (const dimension of DIMENSIONS) {
      const id = entities[dimension];
      if (id !== undefined) exclude(subjectOf(dimension, id), Date.parse(firstSeen), Date.parse(lastSeen));
    }
  }
  return (subject: string): ReadonlySet<number> => days.get(subject) ?? new Set();
};

/** Learns some of a dimension from their whole days before today. */
export const learnSome = async (
  tools: LookTools,
  dimension: Dimension,
  rows: readonly HourlyRow[],
  excluded: (subject: string) => ReadonlySet<number>,
  nowMs: number,
): Promise<readonly Baseline[]> => {
  const { control, events, tenant, settings } = tools;
  const byId = Map.groupBy(rows, ({ id }) => id);
  const ids = [...byId.keys()];
  if (ids.length === 0) return [];
  const fromMs = dayStart(nowMs) - settings.baselines.historyDays * DAY_MS;
  const seen = Map.groupBy(await events.seenValues(tenant, { dimension, ids, fromMs, untilMs: nowMs }), ({ id }) => id);
  const before = await readBaselines(
    tools,
    ids.map((id) => subjectOf(dimension, id)),
  );
  const learned: Baseline[] = [];
  for (const [id, own] of byId) {
    const subject = subjectOf(dimension, id);
    const none: SeenValue[] = [];
    const { baseline, creep } = learn(
      {
        dimension,
        id,
        rows: own,
        seen: seen.get(id) ?? none,
        excludedDays: excluded(subject),
        previous: before.get(subject),
        nowMs,
      },
      settings.baselines,
    );
    learned.push(baseline);
    if (creep !== undefined) await raiseAnomaly(tools, creep);
    await breathe();
  }
  await control.putNotes(tenant, learned.flatMap(notesOf));
  return learned;
};

/**
 * Once a day, all baselines from the hourly aggregates; today is not yet among them. Whoever did nothing for the whole
 * history is forgotten. Answers whether it did.
 */
export const learnDaily = async (tools: LookTools): Promise<boolean> => {
  const { control, events, tenant, clock, settings } = tools;
  const nowMs = clock.now();
  const todayMs = dayStart(nowMs);
  if (((await readMark(tools, MARK)) ?? 0) >= todayMs) return false;
  const excluded = await readExcluded(tools, nowMs);
  const fromMs = todayMs - settings.baselines.historyDays * DAY_MS;
  for (const dimension of DIMENSIONS)
    for await (const rows of events.scanHourly(tenant, { dimension, fromMs, untilMs: todayMs }))
      await learnSome(tools, dimension, rows, excluded, nowMs);
  for (const kind of ["baseline", "baseline-summary"])
    await control.deleteNotes(tenant, { kind, before: timeOf(fromMs) });
  await control.deleteNotes(tenant, { kind: "anomaly", before: timeOf(todayMs - 90 * DAY_MS) });
  await writeMark(tools, MARK, todayMs);
  return true;
};

const READ_AT_ONCE = 200;

export const readPeers = async (tools: BehaviourTools): Promise<Peers> => {
  const summaries = await tools.control.listNotes(tools.tenant, "baseline-summary");
  const peers = learnPeers();
  for (let at = 0; at < summaries.length; at += READ_AT_ONCE) {
    const ids = summaries.slice(at, at + READ_AT_ONCE).map(({ id }) => id);
    for (const baseline of (await readBaselines(tools, ids)).values()) peers.add(baseline);
    await breathe();
  }
  return peers.all();
};
