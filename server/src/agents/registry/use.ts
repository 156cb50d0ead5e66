import type { AgentActivity, CallUse } from "@parapet/model";
import type { AgentUse, NotableCall, ToolUse } from "@parapet/model/api";
import { stepName } from "../steps.ts";

const NAMES_MAX = 200;
const NOTABLE_MAX = 50;

/** Whether a call says anything of what its agent is for: what was stopped or held, or would have been, does not. */
export const teaches = ({ fate }: CallUse): boolean => fate === "passed";

/**
 * What another source tells of a tool that the gateway has seen this agent call is the same calls once more.
 * Order stays.
 */
export const withoutRetold = (activities: readonly AgentActivity[]): readonly AgentActivity[] => {
  const seen = new Set(
    activities.flatMap(({ source, calls }) => (source === "gateway" ? calls.map(({ tool }) => tool) : [])),
  );
  return activities.filter(({ source, calls }) => source === "gateway" || calls.some(({ tool }) => !seen.has(tool)));
};

interface Counts {
  calls: number;
  observed: number;
  held: number;
  stopped: number;
}

const noCalls = (): Counts => ({ calls: 0, observed: 0, held: 0, stopped: 0 });

const countCall = (counts: Counts, { fate }: CallUse): void => {
  counts.calls += 1;
  if (fate !== "passed") counts[fate] += 1;
};

const counter = () => {
  const counts = new Map<string, number>();
  return {
    add: (value: string): void => {
      if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
    },
    list: () =>
      [...counts]
        .map(([value, count]) => ({ value, count }))
        .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        .slice(0, NAMES_MAX),
  };
};

/** What sessions used, by their names: calls without a session stand alone and are not here. */
export interface SessionUse {
  readonly calls: number;
  readonly repeats: number;
  readonly tokens: number;
  readonly minutes: number;
}

/** Only calls that teach count. Oldest first or newest first, it is the same. */
export const sessionsOf = (activities: readonly AgentActivity[]): ReadonlyMap<string, SessionUse> => {
  const sessions = new Map<string, SessionUse & { readonly fromMs: number; readonly toMs: number }>();
  for (const { session, time, tokens, calls } of activities) {
    if (session === "") continue;
    const taught = calls.filter(teaches);
    const before = sessions.get(session);
    const atMs = Date.parse(time);
    const fromMs = taught.length === 0 ? Infinity : atMs;
    const first = Math.min(before?.fromMs ?? Infinity, fromMs);
    const last = Math.max(before?.toMs ?? -Infinity, taught.length === 0 ? -Infinity : atMs);
    sessions.set(session, {
      calls: (before?.calls ?? 0) + taught.length,
      repeats: Math.max(before?.repeats ?? 0, ...taught.map(({ repeats }) => repeats + 1)),
      tokens: (before?.tokens ?? 0) + tokens,
      minutes: last > first ? (last - first) / 60_000 : 0,
      fromMs: first,
      toMs: last,
    });
  }
  return sessions;
};

/** The value below which a share of them lies, by the nearest rank; 0 of none. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
};

const spreadOf = (values: readonly number[]) => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: quantile(values, 1),
});

/** Sums up what an agent did. `complete`: whether that is all of it. */
export const summariseUse = (all: readonly AgentActivity[], complete: boolean): AgentUse => {
  const activities = withoutRetold(all);
  const total = noCalls();
  const tools = new Map<string, ToolUse & Counts & { readonly names: Set<string> }>();
  const days = new Map<string, Counts & { readonly day: string; exchanges: number }>();
  const effects = counter();
  const hosts = counter();
  const data = counter();
  const keys = counter();
  const principals = counter();
  const models = counter();
  const routes = counter();
  const exchanges = new Set<string>();
  let firstSeen: string | undefined;
  let lastSeen: string | undefined;
  for (const { time, exchange, session, principal, key, model, route, calls, source } of activities) {
    if (firstSeen === undefined || time < firstSeen) firstSeen = time;
    if (lastSeen === undefined || time > lastSeen) lastSeen = time;
    const day = days.get(time.slice(0, 10)) ?? { ...noCalls(), day: time.slice(0, 10), exchanges: 0 };
    days.set(day.day, day);
    if (source === "gateway") {
      exchanges.add(exchange);
      day.exchanges += 1;
    }
    keys.add(key);
    principals.add(principal);
    models.add(model);
    routes.add(route);
    for (const call of calls) {
      countCall(total, call);
      countCall(day, call);
      for (const effect of call.effects) effects.add(effect);
      for (const host of call.hosts ?? []) hosts.add(host);
      for (const one of call.data ?? []) data.add(one);
      const name = stepName(call.server, call.tool);
      const known = tools.get(name);
      const tool = known ?? {
        ...noCalls(),
        tool: call.tool,
        server: call.server,
        effects: [],
        sessions: 0,
        lastSeen: time,
        lastExchange: exchange,
        names: new Set<string>(),
      };
      countCall(tool, call);
      if (session !== "") tool.names.add(session);
      const isNewer = time >= tool.lastSeen;
      tools.set(name, {
        ...tool,
        effects: [...new Set([...tool.effects, ...call.effects])],
        ...(isNewer && { lastSeen: time, lastExchange: exchange }),
      });
    }
  }
  const used = [...sessionsOf(activities).values()];
  return {
    ...total,
    ...(firstSeen !== undefined && { firstSeen }),
    ...(lastSeen !== undefined && { lastSeen }),
    exchanges: exchanges.size,
    sessions: used.length,
    complete,
    tools: [...tools.values()]
      .map(({ names, ...tool }) => ({ ...tool, sessions: names.size }))
      .toSorted((a, b) => b.calls - a.calls)
      .slice(0, NAMES_MAX),
    effects: effects.list(),
    hosts: hosts.list(),
    data: data.list(),
    keys: keys.list(),
    principals: principals.list(),
    models: models.list(),
    routes: routes.list(),
    perSession: {
      calls: spreadOf(used.map(({ calls }) => calls)),
      repeats: spreadOf(used.map(({ repeats }) => repeats)),
      tokens: spreadOf(used.map(({ tokens }) => tokens)),
      minutes: spreadOf(used.map(({ minutes }) => Math.round(minutes * 10) / 10)),
    },
    days: [...days.values()].toSorted((a, b) => (a.day < b.day ? -1 : 1)),
  };
};

/** Newest calls that did not pass, or would not have. */
export const notableCalls = (activities: readonly AgentActivity[]): NotableCall[] =>
  activities
    .flatMap(({ time, exchange, session, calls }) =>
      calls
        .filter((call) => !teaches(call))
        .map(({ tool, server, fate, policy }) => ({
          time,
          exchange,
          session,
          tool: stepName(server, tool),
          fate,
          ...(policy !== undefined && { policy }),
        })),
    )
    .toSorted((a, b) => (a.time > b.time ? -1 : 1))
    .slice(0, NOTABLE_MAX);
