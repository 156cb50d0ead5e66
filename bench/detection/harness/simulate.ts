import { DEFAULT_TENANT, type Finding } from "@parapet/model";
import { DAY_MS, HOUR_MS, MINUTE_MS, START_MS, type Company } from "../company/company.ts";
import { agentsDay } from "../ordinary/agents.ts";
import { modelsDay } from "../ordinary/models.ts";
import { officeDay } from "../ordinary/office.ts";
import { platformDay } from "../ordinary/platform.ts";
import { isGateway, type Signal } from "../payloads/signal.ts";
import type { Episode, Scenario } from "../scenarios/scenario.ts";
import type { Planted } from "./cast.ts";
import { openMonitor, type Monitor } from "./monitor.ts";
import { payloadOf } from "./payload.ts";

/** A finding as it was stored at one moment, and what was new in it. */
export interface Sighting {
  readonly finding: Finding;
  readonly atMs: number;
  /** Ids of events and exchanges that it did not hold before. */
  readonly added: readonly string[];
  readonly isNew: boolean;
}

export interface Simulated {
  readonly sightings: readonly Sighting[];
  /** Whose events are in which id; ordinary ones are in no entry. */
  readonly owners: ReadonlyMap<string, string>;
  readonly events: number;
  readonly malformed: ReadonlyMap<string, string>;
  readonly rules: number;
  readonly correlates: boolean;
}

interface Tagged {
  readonly tag: string;
  readonly signal: Signal;
}

/** How often what has come is stored and correlated, of the data's time; correlations wait ten minutes for the late. */
const STEP_MS = 10 * MINUTE_MS;
const LOOK_EVERY = HOUR_MS / STEP_MS;

/** Plays the days of a company through a monitor, one step of its clock after the other. */
export const simulate = async (options: {
  readonly company: Company;
  readonly days: number;
  readonly planted: readonly Planted<Scenario | Episode>[];
  readonly directory: string;
  readonly onDay?: (day: number, events: number) => void;
}): Promise<Simulated> => {
  const { company, days, planted } = options;
  const sightings: Sighting[] = [];
  const owners = new Map<string, string>();
  const malformed = new Map<string, string>();
  const known = new Map<string, Set<string>>();
  let events = 0;
  let tag = "";
  const monitor = await openMonitor(options.directory, {
    onFinding: (finding, atMs) => {
      const before = known.get(finding.id);
      const ids = [...finding.events, ...finding.exchanges];
      const added = ids.filter((id) => before?.has(id) !== true);
      sightings.push({ finding, atMs, added, isNew: before === undefined });
      known.set(finding.id, new Set([...(before ?? []), ...ids]));
    },
    onEvents: (ids) => {
      events += ids.length;
      if (tag !== "") for (const id of ids) owners.set(id, tag);
    },
  });

  const take = async (one: string, source: string, signals: readonly Signal[]): Promise<void> => {
    const feed = await monitor.feeds.findOrMake(source);
    if (feed === undefined) throw new Error(`there is no source ${source}`);
    tag = one;
    const outcome = await monitor.intake.take(feed, payloadOf(source, signals));
    if (outcome.kind !== "taken") throw new Error(`${source}: ${outcome.kind}`);
    if (outcome.reason !== undefined) malformed.set(source, outcome.reason);
  };

  /** What came in one step: each sender's payloads, and what the gateway recorded. */
  const bring = async (batch: readonly Tagged[]): Promise<void> => {
    const appended: Promise<unknown>[] = [];
    const bySender = new Map<string, { readonly tag: string; readonly source: string; readonly signals: Signal[] }>();
    for (const { tag: owner, signal } of batch) {
      if (isGateway(signal)) {
        const { record } = signal;
        events += 1;
        if (owner !== "") {
          owners.set(record.id, owner);
          if ("origin" in record) owners.set(record.origin.exchange, owner);
        }
        appended.push(monitor.spool.append(JSON.stringify(record)));
        continue;
      }
      const name = `${signal.source} ${owner}`;
      const sender = bySender.get(name) ?? { tag: owner, source: signal.source, signals: [] };
      bySender.set(name, sender);
      sender.signals.push(signal);
    }
    await Promise.all(appended);
    for (const sender of bySender.values()) await take(sender.tag, sender.source, sender.signals);
    await monitor.settle();
  };

  let left: Tagged[] = [];
  for (let day = 0; day < days; day += 1) {
    left.push(...signalsOf(company, day, planted));
    left.sort((one, other) => one.signal.atMs - other.signal.atMs);
    const dayMs = START_MS + day * DAY_MS;
    let position = 0;
    for (let step = 1; step <= DAY_MS / STEP_MS; step += 1) {
      const endMs = dayMs + step * STEP_MS;
      const batch: Tagged[] = [];
      for (let next = left[position]; next !== undefined && next.signal.atMs < endMs; next = left[position]) {
        batch.push(next);
        position += 1;
      }
      monitor.clock.advance(STEP_MS);
      if (batch.length > 0) await bring(batch);
      if (step % LOOK_EVERY === 0) {
        await monitor.feeds.tick();
        await monitor.settle();
        await monitor.behaviour.look();
      }
      await monitor.correlating?.tick();
    }
    // Runs that began shortly before midnight end after it.
    left = left.slice(position);
    await clearQueue(monitor);
    options.onDay?.(day, events);
  }
  const rules = monitor.rules.rules.length;
  await monitor.close();
  return { sightings, owners, events, malformed, rules, correlates: monitor.correlating !== undefined };
};

const signalsOf = (company: Company, day: number, planted: readonly Planted<Scenario | Episode>[]): Tagged[] => {
  const fromMs = START_MS + day * DAY_MS;
  const silences = planted.flatMap(({ played: { silence } }) => (silence === undefined ? [] : [silence]));
  const isHeard = ({ source, atMs }: Signal): boolean =>
    !silences.some((one) => one.source === source && atMs >= one.fromMs && atMs < one.untilMs);
  const ordinary = [officeDay, agentsDay, platformDay, modelsDay].flatMap((part) => part(company, day));
  return [
    ...ordinary.filter(isHeard).map((signal) => ({ tag: "", signal })),
    ...planted.flatMap(({ what, played }) =>
      played.signals
        .filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + DAY_MS)
        .map((signal) => ({ tag: what.id, signal })),
    ),
  ];
};

/** Whoever is on duty goes through the queue in the evening: what comes back the next day is a new finding. */
const clearQueue = async ({ control }: Monitor): Promise<void> => {
  let cursor: string | undefined;
  do {
    const page = await control.listFindings(DEFAULT_TENANT, { limit: 200, ...(cursor !== undefined && { cursor }) });
    for (const finding of page.items)
      if (finding.status === "new") await control.putFinding(DEFAULT_TENANT, { ...finding, status: "resolved" });
    cursor = page.next;
  } while (cursor !== undefined);
};
