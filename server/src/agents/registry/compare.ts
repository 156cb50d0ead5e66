import {
  AgentBudget,
  type AgentActivity,
  type AgentDeclaration,
  type BusinessLimit,
  type CallUse,
  type ScopeChange,
  type ScopeKind,
} from "@parapet/model";
import type { OutsideCall, ScopeComparison } from "@parapet/model/api";
import { exceedsAlone, inHundredths, limitsOf } from "../limits.ts";
import {
  exceedsBudget,
  isForbidden,
  isUnexpected,
  namesStep,
  NOTHING_LEARNED,
  stepName,
  type PastSteps,
} from "../steps.ts";
import { isWithin } from "../scope.ts";
import { teaches, withoutRetold } from "./use.ts";

const SAMPLES_MAX = 20;
const REASONS_MAX = 100;
const HOUR_MS = 3_600_000;

interface Reason {
  readonly kind: ScopeKind;
  readonly what: string;
}

interface SessionState {
  last: string | undefined;
  readonly taken: Set<string>;
  calls: number;
  tokens: number;
  readonly startedMs: number;
}

const SENTENCES: Readonly<Record<ScopeKind, (what: string) => string>> = {
  tool: (what) => `The tool ${what} is not granted.`,
  host: (what) => `The host ${what} is not granted.`,
  data: (what) => `Its session held data of the class ${what}.`,
  budget: (what) => `The session's budget of ${what} was used up.`,
  step: (what) => `The step ${what} is not one of those expected.`,
  limit: (what) => `It is beyond the limit ${what}.`,
};

/** What the past would have been under a scope: calls that passed are played again in their order. */
export const compareScope = (
  agent: string,
  scope: ScopeChange,
  activities: readonly AgentActivity[],
  known: { readonly since: string; readonly complete: boolean; readonly inForce: AgentDeclaration | undefined },
): ScopeComparison => {
  const past = withoutRetold(activities).toSorted((a, b) => (a.time < b.time ? -1 : 1));
  const sessions = new Map<string, SessionState>();
  const totals = new Map<string, number>();
  const limits = scope.limits.map((limit) => ({ ...limit, agents: [agent] }));
  const reasons = new Map<string, Reason & { calls: number }>();
  const outside: OutsideCall[] = [];
  const outsideSessions = new Set<string>();
  let [calls, outsideCalls, stopped, unknown] = [0, 0, 0, 0];
  for (const activity of past) {
    const { time, exchange, session, principal } = activity;
    const atMs = Date.parse(time);
    // A call without a session stands alone.
    const state = sessions.get(session) ?? { last: undefined, taken: new Set(), calls: 0, tokens: 0, startedMs: atMs };
    for (const call of activity.calls) {
      if (!teaches(call)) {
        stopped += 1;
        continue;
      }
      calls += 1;
      if (call.hosts === undefined) unknown += 1;
      const step = stepName(call.server, call.tool);
      const found = [
        ...ofScope(scope, call, step),
        ...ofSession(scope, call, step, state, atMs),
        ...ofLimits(limits, totals, { agent, principal, session, call, atMs }),
      ];
      if (found.length > 0) {
        outsideCalls += 1;
        outsideSessions.add(session === "" ? exchange : session);
        for (const reason of found) {
          const name = `${reason.kind} ${reason.what}`;
          const counted = reasons.get(name) ?? { ...reason, calls: 0 };
          counted.calls += 1;
          reasons.set(name, counted);
        }
        const sentences = found.map(({ kind, what }) => SENTENCES[kind](what));
        outside.push({ time, exchange, session, tool: step, reasons: sentences });
        if (outside.length > SAMPLES_MAX) outside.shift();
      }
      state.calls += 1;
      state.last = step;
      state.taken.add(step);
    }
    state.tokens += activity.tokens;
    if (session !== "" && state.calls > 0) sessions.set(session, state);
  }
  return {
    since: known.since,
    calls,
    sessions: sessions.size,
    outside: outsideCalls,
    outsideSessions: outsideSessions.size,
    reasons: [...reasons.values()].toSorted((a, b) => b.calls - a.calls).slice(0, REASONS_MAX),
    samples: outside.toReversed(),
    stopped,
    unknown,
    complete: known.complete,
    ...differences(scope, known.inForce),
  };
};

const ofScope = ({ tools, hosts, data }: ScopeChange, call: CallUse, step: string): Reason[] => [
  ...(tools.some((pattern) => namesStep(pattern, step)) ? [] : [{ kind: "tool" as const, what: step }]),
  ...(hosts === undefined ? [] : (call.hosts ?? []))
    .filter((host) => !isWithin(host, hosts ?? []))
    .map((what) => ({ kind: "host" as const, what })),
  ...(data === undefined ? [] : (call.data ?? []))
    .filter((one) => data?.includes(one) === false)
    .map((what) => ({ kind: "data" as const, what })),
];

const BUDGETS = AgentBudget.keyof().options;

const ofSession = (
  { budget = {}, steps }: ScopeChange,
  { repeats }: CallUse,
  step: string,
  state: SessionState,
  atMs: number,
): Reason[] => {
  const past: PastSteps = state;
  const use = { calls: state.calls, repeats, tokens: state.tokens, minutes: (atMs - state.startedMs) / 60_000 };
  const isOff = isForbidden(steps, past, step) || isUnexpected(steps, NOTHING_LEARNED, past, step);
  return [
    ...BUDGETS.filter((name) => exceedsBudget({ [name]: budget[name] }, use)).map((what) => ({
      kind: "budget" as const,
      what,
    })),
    ...(isOff ? [{ kind: "step" as const, what: `${past.last ?? "start"} → ${step}` }] : []),
  ];
};

const ofLimits = (
  limits: readonly BusinessLimit[],
  totals: Map<string, number>,
  at: {
    readonly agent: string;
    readonly principal: string;
    readonly session: string;
    readonly call: CallUse;
    readonly atMs: number;
  },
): Reason[] => {
  const { agent, principal, session, call, atMs } = at;
  const concerned = limitsOf(limits, { agent, server: call.server, tool: call.tool, values: undefined });
  return concerned.flatMap((limit): Reason[] => {
    const amount = limit.measure === "calls" ? 1 : call[limit.measure];
    // What its arguments were is not known here: nothing is said.
    if (amount === undefined && call.hosts === undefined) return [];
    const reason: Reason = { kind: "limit", what: limit.id };
    if (exceedsAlone(limit, amount, atMs)) return [reason];
    const { total } = limit;
    if (total === undefined || amount === undefined) return [];
    const owner = { agent, user: principal, session, tenant: "" }[total.per];
    const window = Math.floor(atMs / (total.hours * HOUR_MS));
    const name = `${limit.id}\0${owner}\0${window}`;
    const sum = (totals.get(name) ?? 0) + inHundredths(amount);
    if (sum > inHundredths(total.most)) return [reason];
    totals.set(name, sum);
    return [];
  });
};

const beyond = (
  kind: string,
  mine: readonly string[] | undefined,
  theirs: readonly string[] | undefined,
  covers: (granted: string, name: string) => boolean,
): string[] => {
  if (theirs === undefined) return [];
  if (mine === undefined) return [`any ${kind}`];
  return mine.filter((name) => !theirs.some((granted) => covers(granted, name))).map((name) => `${kind} ${name}`);
};

type Bounds = Pick<ScopeChange, "tools" | "hosts" | "data" | "budget">;

const isWithinHost = (granted: string, host: string): boolean => isWithin(host, [granted]);

const wider = (one: Bounds, other: Bounds): string[] => [
  ...beyond("tool", one.tools, other.tools, namesStep),
  ...beyond("host", one.hosts, other.hosts, isWithinHost),
  ...beyond("data", one.data, other.data, (granted, name) => granted === name),
  ...BUDGETS.filter(
    (name) => other.budget?.[name] !== undefined && (one.budget?.[name] ?? Infinity) > other.budget[name],
  ).map((name) => `${name} in a session: ${one.budget?.[name] ?? "any number"}, now ${other.budget?.[name] ?? 0}`),
];

const differences = (scope: ScopeChange, inForce: AgentDeclaration | undefined) =>
  inForce === undefined
    ? { widens: [], narrows: [] }
    : { widens: wider(scope, inForce), narrows: wider(inForce, scope) };
