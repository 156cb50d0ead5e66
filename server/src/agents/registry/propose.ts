import {
  DATA_CLASSES,
  Slug,
  START,
  type AgentActivity,
  type AgentDeclaration,
  type BusinessLimit,
  type CallUse,
  type ScopeChange,
} from "@parapet/model";
import type { ScopeProposal } from "@parapet/model/api";
import { LEARNING_SESSIONS, stepName } from "../steps.ts";
import { quantile, sessionsOf, teaches, withoutRetold } from "./use.ts";

/** Room above what was seen. */
const HEAD_ROOM = 1.5;
/** Sessions below which nothing is said of how much one of them may use. */
const BUDGET_SESSIONS = 5;
/** Values below which no limit is proposed for an argument, and days below which none for a day. */
const LIMIT_VALUES = 5;
const LIMIT_DAYS = 3;
/** More hosts than these are not a list that anybody keeps. */
const HOSTS_MAX = 100;
const KNOWN_FROM = 2;

interface Taught extends CallUse {
  readonly step: string;
  /** The session, or the exchange where it has none. */
  readonly from: string;
  readonly day: string;
  readonly isSeen: boolean;
}

/** What an agent needs, going by what it did and was let do. Whether that is right is for a person to say. */
export const proposeScope = (
  agent: string,
  activities: readonly AgentActivity[],
  known: { readonly since: string; readonly complete: boolean; readonly inForce: AgentDeclaration | undefined },
): Omit<ScopeProposal, "comparison"> => {
  const past = withoutRetold(activities).toSorted((a, b) => (a.time < b.time ? -1 : 1));
  const all = past.flatMap(({ calls }) => calls);
  const taught = past.flatMap(({ calls, session, exchange, time, source }) =>
    calls.filter(teaches).map((call): Taught => ({
      ...call,
      step: stepName(call.server, call.tool),
      from: session === "" ? exchange : session,
      day: time.slice(0, 10),
      isSeen: source === "gateway",
    })),
  );
  const sessions = new Set(taught.map(({ from }) => from)).size;
  const stopped = all.length - taught.length;
  const notes: string[] = [];

  const tools = seldomApart(
    taught.map(({ step, from }) => [step, from] as const),
    sessions,
  );
  const hosts = hostsOf(taught, sessions, notes) ?? known.inForce?.hosts;
  const kept = new Set(tools.kept);
  const data = taught.some((call) => call.data !== undefined)
    ? DATA_CLASSES.filter((one) => taught.some((call) => kept.has(call.step) && call.data?.includes(one) === true))
    : known.inForce?.data;
  // Where too little was seen, what is in force stays.
  const budget = budgetOf(past) ?? known.inForce?.budget;
  const steps = stepsOf(past, kept, sessions) ?? known.inForce?.steps?.expected;
  const forbidden = known.inForce?.steps?.forbidden ?? [];
  const scope: ScopeChange = {
    tools: [...tools.kept],
    ...(data !== undefined && { data }),
    ...(hosts !== undefined && { hosts }),
    ...(budget !== undefined && { budget }),
    ...((steps !== undefined || forbidden.length > 0) && {
      steps: { ...(steps !== undefined && { expected: steps }), forbidden },
    }),
    limits: tools.kept.flatMap((step) =>
      limitsOfTool(
        agent,
        step,
        taught.filter((call) => call.step === step),
      ),
    ),
  };
  if (taught.length === 0) notes.push("No call of it passed in these days: nothing is granted.");
  if (tools.seldom.length > 0)
    notes.push(`Left out, for one session alone called them: ${tools.seldom.slice(0, 20).join(", ")}.`);
  if (sessions < BUDGET_SESSIONS) notes.push(`It rests on ${sessions} sessions: a budget is proposed from 5 on.`);
  if (sessions < LEARNING_SESSIONS) notes.push("Steps are proposed from 20 sessions on.");
  if (stopped > 0) notes.push(`${stopped} calls were stopped or held, or would have been; they taught nothing.`);
  if (!known.complete) notes.push("There was more than could be read; it rests on the newest.");
  return {
    agent,
    scope,
    basis: {
      since: known.since,
      days: new Set(taught.map(({ day }) => day)).size,
      sessions,
      calls: taught.length,
      stopped,
    },
    notes,
  };
};

/** Names by how many sessions they come from: once there are many sessions, one alone does not make a habit. */
const seldomApart = (seen: readonly (readonly [string, string])[], sessions: number) => {
  const from = new Map<string, Set<string>>();
  for (const [name, session] of seen) from.set(name, (from.get(name) ?? new Set()).add(session));
  const names = [...from.keys()].toSorted();
  const isKept = (name: string): boolean => sessions < LEARNING_SESSIONS || (from.get(name)?.size ?? 0) >= KNOWN_FROM;
  return { kept: names.filter(isKept), seldom: names.filter((name) => !isKept(name)) };
};

const hostsOf = (taught: readonly Taught[], sessions: number, notes: string[]): string[] | undefined => {
  const seen = taught.filter(({ isSeen }) => isSeen);
  const unknown = seen.filter((call) => call.hosts === undefined).length;
  if (unknown > 0 || seen.length === 0) {
    if (unknown > 0) notes.push(`The arguments of ${unknown} calls are not known, so no hosts are proposed.`);
    return undefined;
  }
  const hosts = seldomApart(
    seen.flatMap((call) => (call.hosts ?? []).map((host) => [host, call.from] as const)),
    sessions,
  );
  if (hosts.kept.length > HOSTS_MAX) {
    notes.push(`It named ${hosts.kept.length} hosts, so no hosts are proposed.`);
    return undefined;
  }
  if (hosts.seldom.length > 0)
    notes.push(`Hosts left out, for one session alone named them: ${hosts.seldom.slice(0, 20).join(", ")}.`);
  return hosts.kept;
};

const withRoom = (value: number, least = 0): number => Math.max(least, Math.ceil(value * HEAD_ROOM));

/** Up to two figures, so that people can read it. */
const rounded = (value: number): number => {
  if (value <= 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return unit >= 1 ? Math.ceil(value / unit) * unit : Math.ceil(value);
};

const budgetOf = (past: readonly AgentActivity[]): ScopeChange["budget"] => {
  const used = [...sessionsOf(past).values()].filter(({ calls }) => calls > 0);
  if (used.length < BUDGET_SESSIONS) return undefined;
  const p99 = (of: (session: (typeof used)[number]) => number): number => quantile(used.map(of), 0.99);
  const tokens = p99((one) => one.tokens);
  return {
    calls: withRoom(
      p99((one) => one.calls),
      3,
    ),
    repeats: withRoom(
      p99((one) => one.repeats),
      2,
    ),
    ...(tokens > 0 && { tokens: rounded(tokens * HEAD_ROOM) }),
    minutes: withRoom(
      p99((one) => one.minutes),
      5,
    ),
  };
};

/** Which tool followed which in at least two sessions; nothing while there are few sessions. */
const stepsOf = (
  past: readonly AgentActivity[],
  tools: ReadonlySet<string>,
  sessions: number,
): Record<string, string[]> | undefined => {
  if (sessions < LEARNING_SESSIONS) return undefined;
  const last = new Map<string, string>();
  const edges = new Map<string, Map<string, Set<string>>>();
  for (const { session, calls } of past) {
    if (session === "") continue;
    for (const call of calls.filter(teaches)) {
      const step = stepName(call.server, call.tool);
      const from = last.get(session) ?? START;
      const next = edges.get(from) ?? new Map<string, Set<string>>();
      edges.set(from, next.set(step, (next.get(step) ?? new Set()).add(session)));
      last.set(session, step);
    }
  }
  const expected = [...edges].flatMap(([from, next]): [string, string[]][] => {
    const known = [...next].filter(([step, seen]) => tools.has(step) && seen.size >= KNOWN_FROM).map(([step]) => step);
    return known.length > 0 && (from === START || tools.has(from)) ? [[from, known.toSorted()]] : [];
  });
  return expected.length === 0 ? undefined : Object.fromEntries(expected);
};

const idOf = (...parts: readonly string[]): string =>
  Slug.parse(
    parts
      .join("-")
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/gu, "-")
      .replace(/^[^a-z0-9]+/u, "")
      .slice(0, 80) || "limit",
  );

const limitsOfTool = (agent: string, step: string, calls: readonly Taught[]): BusinessLimit[] =>
  (["amount", "count", "recipients"] as const).flatMap((measure): BusinessLimit[] => {
    const values = calls.flatMap((call) => call[measure] ?? []);
    // Where some calls have no such value, a limit on it would stop them.
    if (values.length < LIMIT_VALUES || values.length < calls.length) return [];
    const perDay = new Map<string, number>();
    for (const call of calls) perDay.set(call.day, (perDay.get(call.day) ?? 0) + (call[measure] ?? 0));
    const day = rounded(quantile([...perDay.values()], 0.99) * HEAD_ROOM);
    return [
      {
        id: idOf(agent.slice(0, 30), step.slice(0, 30), measure),
        tools: [step],
        measure,
        each: rounded(quantile(values, 0.99) * HEAD_ROOM),
        ...(measure === "amount" && perDay.size >= LIMIT_DAYS && { total: { most: day, per: "agent", hours: 24 } }),
      },
    ];
  });
