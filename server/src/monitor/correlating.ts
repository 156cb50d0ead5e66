import { FindingId, type AssetValue, type Finding, type TenantId } from "@parapet/model";
import { foldEpisode, groupKeyOfEpisode } from "#findings";
import { toTimestamp, uuidv7, type Clock, type Logger } from "#platform";
import { fieldOfRule, type Correlation, type CorrelationHit, type RuleSet } from "#rules";
import type { ControlStore, EventStore, Hit, HitsQuery } from "#storage";

const EVERY_MS = 3_000;
/** How late an event may come, by its own time, and still be correlated. */
const LATE_MS = 600_000;
/** A batch of hits may become readable so long after the moment of receipt that it names. */
const SETTLE_MS = 60_000;
const HITS_MAX = 200_000;
const FOLDED_MAX = 100_000;
/** Findings of one write: a few milliseconds of the event loop. */
const STORED_AT_ONCE = 100;
/** A query costs more than reading some hits in vain: from so many correlations on they are read once for all. */
const TOGETHER_MIN = 15;

/** Of the looks since the start, for metrics. */
export interface CorrelatingFigures {
  readonly looks: number;
  readonly failures: number;
  /** Findings that were made or that grew. */
  readonly findings: number;
  /** Correlations of which not all hits could be read. */
  readonly clipped: number;
  /** How long the newest look took. */
  readonly tookMs: number;
  /** Since the beginning of the newest look that came to its end; what came since then is not correlated yet. */
  readonly behindMs: number;
}

export interface Correlating {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  readonly figures: () => CorrelatingFigures;
  /** One look; answers how many findings changed. */
  readonly tick: () => Promise<number>;
}

const toCorrelationHit = ({ rule, time, event, exchange, fields }: Hit): CorrelationHit => ({
  rule,
  timeMs: Date.parse(time),
  event,
  exchange,
  fields,
});

/** A correlation with an upper bound is judged when its time is over, whether or not anything more has come. */
const waitsForTheEnd = ({ bounds }: Correlation): boolean =>
  bounds.some(({ bound }) => bound !== "gt" && bound !== "gte");

/** Only a hit of the last rule can be what never was before; others need not make anybody look. */
const waking = (correlation: Correlation, bottom: readonly string[]): readonly string[] => {
  const last = correlation.rules.at(-1) ?? "";
  return correlation.past !== undefined && bottom.includes(last) ? [last] : bottom;
};

const HOUR_MS = 3_600_000;

/** Hits alike within the hour are all as new as the first. */
const thinning = ({ past }: Correlation): number =>
  past?.novelty === undefined || past.novelty.unseenForMs < HOUR_MS ? 0 : HOUR_MS;

/** What a group must at least have; only known where a correlation stands on rules alone. */
const least = (correlation: Correlation, bottom: readonly string[]): Pick<HitsQuery, "hitsMin" | "rulesMin"> => {
  const isPlain = correlation.rules.every((key) => bottom.includes(key));
  const low = correlation.bounds.find(({ bound }) => bound === "gt" || bound === "gte");
  const value = low === undefined ? 1 : Math.max(1, Math.floor(low.value));
  if (!isPlain || correlation.past !== undefined || !Number.isSafeInteger(value) || value > HITS_MAX)
    return { hitsMin: 1, rulesMin: 1 };
  if (correlation.type === "event_count" || correlation.type === "value_count") return { hitsMin: value, rulesMin: 1 };
  if (correlation.type === "temporal" || correlation.type === "temporal_ordered")
    return { hitsMin: value, rulesMin: Math.min(value, new Set(bottom).size) };
  return { hitsMin: 1, rulesMin: 1 };
};

/**
 * Looks every few seconds for correlations that hold, in the hits alone. It keeps nothing: what a look finds is
 * folded into findings so that looking again, after a restart or because hits came late, changes nothing twice.
 */
export const createCorrelating = (options: {
  readonly rules: () => RuleSet;
  readonly events: EventStore;
  readonly control: ControlStore;
  readonly assets: readonly AssetValue[];
  readonly clock: Clock;
  readonly logger: Logger;
}): Correlating => {
  const { events, control, clock, logger } = options;
  let lookedAt: number | undefined;
  // How far each finding is known to reach, so that it need not be read again. Only findings themselves count.
  const folded = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let wholeUntilMs = clock.now();
  const counted = { looks: 0, failures: 0, findings: 0, clipped: 0, tookMs: 0 };

  const queryOf = (set: RuleSet, correlation: Correlation, nowMs: number, changedSinceMs: number): HitsQuery => {
    const { rules, lookbackMs } = set.reachOf(correlation);
    const isPlain = correlation.rules.every((key) => rules.includes(key));
    const named = (key: string): readonly string[] =>
      isPlain ? correlation.groupBy.map((field) => fieldOfRule(correlation, field, key)) : [];
    return {
      rules,
      sinceMs: nowMs - lookbackMs - LATE_MS,
      changedSinceMs: waitsForTheEnd(correlation) ? changedSinceMs - lookbackMs : changedSinceMs,
      groupBy: Object.fromEntries(rules.map((key) => [key, named(key)])),
      ...least(correlation, rules),
      oneEveryMs: thinning(correlation),
      limit: HITS_MAX,
    };
  };

  /** All hits for many correlations at once; undefined where there are too many for that. */
  const readTogether = async (
    tenant: TenantId,
    queries: readonly HitsQuery[],
  ): Promise<ReadonlyMap<string, readonly CorrelationHit[]> | undefined> => {
    const rules = [...new Set(queries.flatMap((query) => query.rules))];
    const hits = await events.listHits(tenant, {
      rules,
      sinceMs: Math.min(...queries.map(({ sinceMs }) => sinceMs)),
      changedSinceMs: 0,
      groupBy: {},
      hitsMin: 1,
      rulesMin: 1,
      oneEveryMs: 0,
      limit: HITS_MAX,
    });
    if (hits.length === HITS_MAX) return undefined;
    return Map.groupBy(hits.map(toCorrelationHit), ({ rule }) => rule);
  };

  const read = async (
    tenant: TenantId,
    correlation: Correlation,
    query: HitsQuery,
  ): Promise<readonly CorrelationHit[]> => {
    const hits = await events.listHits(tenant, query);
    if (hits.length === HITS_MAX) {
      counted.clipped += 1;
      logger.warn(
        { rule: correlation.key, hits: HITS_MAX },
        "a correlation has more hits than are read; the newest are",
      );
    }
    return hits.map(toCorrelationHit);
  };

  const fold = async (
    set: RuleSet,
    tenant: TenantId,
    correlation: Correlation,
    hits: readonly CorrelationHit[],
    wholeSinceMs: number,
  ): Promise<number> => {
    let changed = 0;
    const nameOf = (group: string): string => `${tenant} ${correlation.key} ${group}`;
    const know = (name: string, endMs: number): void => {
      if (folded.size >= FOLDED_MAX) folded.clear();
      folded.set(name, endMs);
    };
    // What is new is stored together, since each write waits for the disk, and is known only then.
    const pending = new Map<string, { readonly finding: Finding; readonly endMs: number }>();
    const store = async (): Promise<void> => {
      await control.putFindings(
        tenant,
        Array.from(pending.values(), ({ finding }) => finding),
      );
      for (const [group, { endMs }] of pending) know(nameOf(group), endMs);
      pending.clear();
    };
    // Where not all could be read, nothing is known of the time before the oldest.
    const sinceMs =
      hits.length < HITS_MAX ? wholeSinceMs : hits.reduce((oldest, { timeMs }) => Math.min(oldest, timeMs), Infinity);
    const episodes = set.correlate(correlation, hits, clock.now(), sinceMs);
    for (const episode of episodes.toSorted((left, right) => left.startMs - right.startMs)) {
      const group = groupKeyOfEpisode(episode);
      if (episode.endMs <= (folded.get(nameOf(group)) ?? Number.NEGATIVE_INFINITY)) continue;
      const waiting = pending.get(group)?.finding;
      const last = waiting ?? (await control.findLastFinding(tenant, correlation.key, group));
      const nowMs = clock.now();
      const occasion = {
        now: toTimestamp(nowMs),
        newId: FindingId.parse(uuidv7(nowMs)),
        assets: options.assets,
        exceptions: await control.listExceptions(tenant, nowMs),
      };
      const finding = foldEpisode(correlation, episode, last, occasion);
      if (finding === undefined) {
        if (waiting === undefined) know(nameOf(group), episode.endMs);
        continue;
      }
      pending.set(group, { finding, endMs: episode.endMs });
      changed += 1;
      if (pending.size >= STORED_AT_ONCE) await store();
    }
    await store();
    return changed;
  };

  const correlateNew = async (): Promise<number> => {
    const set = options.rules();
    const nowMs = clock.now();
    const active = set.correlations.filter(
      ({ key, status }) => status !== "deprecated" && status !== "unsupported" && set.reports(key),
    );
    if (active.length === 0) return 0;
    const longestMs = Math.max(...active.map((correlation) => set.reachOf(correlation).lookbackMs));
    // At first all that may still matter is looked at.
    const changedSinceMs = lookedAt === undefined ? nowMs - longestMs - LATE_MS : lookedAt - SETTLE_MS;
    const waitMs = active.some(waitsForTheEnd) ? longestMs : 0;
    const byTenant = new Map<TenantId, Set<string>>();
    for (const { tenant, rule } of await events.changedRules(changedSinceMs - waitMs)) {
      const known = byTenant.get(tenant) ?? new Set();
      byTenant.set(tenant, known);
      known.add(rule);
    }
    let changed = 0;
    for (const [tenant, hot] of byTenant) {
      const due = active
        .map((correlation) => ({ correlation, query: queryOf(set, correlation, nowMs, changedSinceMs) }))
        .filter(({ correlation, query }) => waking(correlation, query.rules).some((key) => hot.has(key)));
      // Those that ask of weeks before are read by themselves: together all would be read that far.
      const recent = due.flatMap(({ query }) => (query.oneEveryMs === 0 ? [query] : []));
      const together = recent.length < TOGETHER_MIN ? undefined : await readTogether(tenant, recent);
      for (const { correlation, query } of due) {
        const hits =
          together === undefined || query.oneEveryMs > 0
            ? await read(tenant, correlation, query)
            : query.rules.flatMap((key) => (together.get(key) ?? []).filter(({ timeMs }) => timeMs >= query.sinceMs));
        changed += await fold(set, tenant, correlation, hits, query.sinceMs);
      }
    }
    lookedAt = nowMs;
    return changed;
  };

  const tick = async (): Promise<number> => {
    const [nowMs, startedMs] = [clock.now(), clock.monotonic()];
    const changed = await correlateNew();
    wholeUntilMs = nowMs;
    counted.looks += 1;
    counted.findings += changed;
    counted.tookMs = clock.monotonic() - startedMs;
    return changed;
  };

  const look = (): void => {
    looking = tick()
      .catch((error: unknown) => {
        counted.failures += 1;
        logger.error({ error }, "correlating failed; trying again");
      })
      .finally(() => {
        if (timer !== undefined) timer = setTimeout(look, EVERY_MS).unref();
      });
  };
  return {
    tick,
    figures: () => ({ ...counted, behindMs: Math.max(0, clock.now() - wholeUntilMs) }),
    start: () => {
      timer ??= setTimeout(look, EVERY_MS).unref();
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await looking;
    },
  };
};
