import type { Event, TenantId } from "@parapet/model";
import { type BacktestAnswer, sinceToMs } from "@parapet/model/api";
import { Fault, toTimestamp } from "#platform";
import { type Correlation, type CorrelationHit, type Rule, thresholdsOf } from "#rules";
import { conditionOfRule, seriesOf, type HuntTools } from "./answer-hunt.ts";
import { shownEvent } from "./shown-event.ts";

const SAMPLES = 10;
const GROUPS = 100;
const PAGE = 500;
/** Most events that are read for a correlation, over all of its rules. */
const EVENTS_MAX = 20_000;

/** What a rule, or a correlation, would have held for since then. Makes no findings. */
export const answerBacktest = async (
  tools: HuntTools,
  tenant: TenantId,
  key: string,
  since: string,
): Promise<BacktestAnswer | undefined> => {
  const set = tools.rules();
  const isNamed = (one: Pick<Rule, "key" | "id">): boolean => one.key === key || one.id === key;
  const rule = set.rules.find(isNamed);
  const correlation = set.correlations.find(isNamed);
  const startMs = tools.nowMs();
  const [sinceMs, untilMs] = [sinceToMs(since, startMs), startMs + 60_000];
  const frame = { since: toTimestamp(sinceMs), until: toTimestamp(untilMs) };
  if (rule !== undefined) {
    const scope = { condition: conditionOfRule(rule, set), sinceMs, untilMs };
    const counted = await tools.events.countHunt(tenant, scope);
    const { items } = await tools.events.hunt(tenant, { ...scope, limit: SAMPLES });
    return {
      ...frame,
      hits: counted.total,
      series: seriesOf(counted, sinceMs),
      samples: items.map(shownEvent),
      complete: true,
      tookMs: tools.nowMs() - startMs,
    };
  }
  if (correlation === undefined) return undefined;
  return {
    ...frame,
    ...(await backtestCorrelation(tools, tenant, correlation, sinceMs, untilMs)),
    tookMs: tools.nowMs() - startMs,
  };
};

const backtestCorrelation = async (
  tools: HuntTools,
  tenant: TenantId,
  correlation: Correlation,
  sinceMs: number,
  untilMs: number,
): Promise<Omit<BacktestAnswer, "since" | "until" | "tookMs">> => {
  const set = tools.rules();
  const { rules: keys } = set.reachOf(correlation);
  const bottom = set.rules.filter(({ key }) => keys.includes(key));
  if (bottom.length === 0) throw new Fault("not_found");
  const hits: CorrelationHit[] = [];
  const samples = new Map<string, Event>();
  const series = new Map<string, number>();
  let [total, complete] = [0, true];
  for (const rule of bottom) {
    const scope = { condition: conditionOfRule(rule, set), sinceMs, untilMs };
    const counted = await tools.events.countHunt(tenant, scope);
    total += counted.total;
    for (const { time, count } of seriesOf(counted, sinceMs)) series.set(time, (series.get(time) ?? 0) + count);
    let cursor: string | undefined;
    let read = 0;
    do {
      const page = await tools.events.hunt(tenant, { ...scope, limit: PAGE, cursor });
      for (const event of page.items) {
        if (samples.size < SAMPLES) samples.set(event.id, shownEvent(event));
        hits.push({
          rule: rule.key,
          timeMs: Date.parse(event.time),
          event: event.id,
          exchange: event.exchange ?? "",
          fields: set.hitFields(rule.key, event),
        });
      }
      read += page.items.length;
      cursor = page.next;
    } while (cursor !== undefined && read < EVENTS_MAX / bottom.length);
    if (cursor !== undefined) complete = false;
  }
  const episodes = set.correlate(correlation, hits, untilMs).toSorted((left, right) => right.endMs - left.endMs);
  const thresholds = thresholdsOf(set, correlation, hits, untilMs);
  return {
    hits: total,
    series: [...series].map(([time, count]) => ({ time, count })),
    samples: [...samples.values()],
    groups: episodes.slice(0, GROUPS).map(({ group, startMs, endMs, count, value }) => ({
      group: { ...group },
      firstSeen: toTimestamp(startMs),
      lastSeen: toTimestamp(endMs),
      count,
      value,
    })),
    fired: episodes.length,
    ...(thresholds !== undefined && { thresholds: [...thresholds] }),
    complete,
  };
};
