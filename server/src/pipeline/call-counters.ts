import type { AgentDeclaration, BusinessLimit, CallFacts } from "@parapet/model";
import { z } from "zod";
import {
  edgeName,
  exceedsAlone,
  exceedsBudget,
  inHundredths,
  isForbidden,
  isUnexpected,
  learnStep,
  limitsOf,
  measureCall,
  NOTHING_LEARNED,
  stepName,
  STEPS_MAX,
  type CallValue,
  type LearnedSteps,
} from "#agents";
import { hmacHex, type Clock } from "#platform";
import type { SharedState } from "#storage";
import type { CallFate } from "./call-knowledge.ts";

const HOUR_MS = 3_600_000;
const SESSION_TTL_MS = 24 * HOUR_MS;
const LEARNED_TTL_MS = 90 * 24 * HOUR_MS;
/** Of one session: different calls and edges that are told apart. */
const CALLS_KEPT = 256;

/** Who calls, and in which session. */
export interface CallerOf {
  readonly tenant: string;
  readonly agent: string;
  readonly user: string;
  readonly key: string;
  /** What {@link sessionKey} gives; empty: none, each call stands alone. */
  readonly session: string;
}

export interface CountedCall {
  readonly server: string;
  readonly tool: string;
  /** JSON text. */
  readonly arguments: string;
  /** Undefined: the arguments could not be read. */
  readonly values: readonly CallValue[] | undefined;
  /** Calls before it, as far as its conversation tells; counted where the session has no name. */
  readonly past: readonly Pick<CountedCall, "server" | "tool" | "arguments">[];
}

/** What counters know of a call before policy decides about it. */
export interface CallCount extends Pick<CallFacts, "limits" | "steps"> {
  readonly overBudget: boolean;
  /** To be told once, what became of it: only what passed is added up and learned from. */
  readonly settle: (fate: CallFate) => Promise<void>;
}

export interface CallCounters {
  readonly count: (caller: CallerOf, call: CountedCall) => Promise<CallCount>;
  /** Tokens that a model used for the session. */
  readonly spend: (caller: CallerOf, tokens: number) => Promise<void>;
}

const SessionSteps = z.object({
  last: z.string().optional(),
  taken: z.array(z.string()),
  edges: z.array(z.string()),
  calls: z.number(),
  startedMs: z.number(),
  repeats: z.record(z.string(), z.number()),
});
type SessionSteps = z.infer<typeof SessionSteps>;
const Learned = z.object({ sessions: z.number(), edges: z.array(z.tuple([z.string(), z.number()])) });

export interface CallCountersOptions {
  readonly limits: readonly BusinessLimit[];
  readonly agents: readonly AgentDeclaration[];
  readonly breaker: { readonly stopped: number; readonly minutes: number; readonly pauseMinutes: number };
  readonly shared: SharedState;
  /** Arguments stand in counters as keyed hashes. */
  readonly hashKey: Buffer;
  readonly clock: Clock;
}

/** Counts tool calls over sessions and gateways: business limits, budgets, steps and the breaker of agents. */
export const createCallCounters = (options: CallCountersOptions): CallCounters => {
  const { shared, clock } = options;
  const declared = new Map(options.agents.map((agent) => [agent.id, agent]));
  const learnedOf = new Map<string, LearnedSteps>();

  const readLearned = async (name: string): Promise<LearnedSteps> => {
    const known = learnedOf.get(name);
    if (known !== undefined) return known;
    const kept = Learned.safeParse(parse(await shared.get(name)));
    const learned = kept.success ? { sessions: kept.data.sessions, edges: new Map(kept.data.edges) } : NOTHING_LEARNED;
    learnedOf.set(name, learned);
    return learned;
  };

  const readSession = async (name: string): Promise<SessionSteps> => {
    const kept = SessionSteps.safeParse(parse(await shared.get(name)));
    return kept.success ? kept.data : noSteps();
  };

  const noSteps = (): SessionSteps => ({ taken: [], edges: [], calls: 0, startedMs: clock.now(), repeats: {} });
  const digestOf = ({ server, tool, arguments: text }: Pick<CountedCall, "server" | "tool" | "arguments">): string =>
    hmacHex(options.hashKey, "call", `${stepName(server, tool)}\u0000${text}`).slice(0, 24);

  const withStep = (session: SessionSteps, step: string, digest: string): SessionSteps => {
    const edge = edgeName(session.last, step);
    const { [digest]: repeats = 0, ...others } = session.repeats;
    return {
      last: step,
      taken: session.taken.includes(step) ? session.taken : [...session.taken, step].slice(0, STEPS_MAX),
      edges: session.edges.includes(edge) ? session.edges : [...session.edges, edge].slice(-CALLS_KEPT),
      calls: session.calls + 1,
      startedMs: session.startedMs,
      repeats: Object.fromEntries([...Object.entries(others), [digest, repeats + 1] as const].slice(-CALLS_KEPT)),
    };
  };

  /** Reserves the call's part of each total, so that two calls at once do not both take what is left. */
  const reserve = async (caller: CallerOf, call: CountedCall): Promise<readonly Reserved[]> => {
    const limited = { agent: caller.agent, server: call.server, tool: call.tool, values: call.values };
    const nowMs = clock.now();
    return Promise.all(
      limitsOf(options.limits, limited).map(async (limit): Promise<Reserved> => {
        const amount = measureCall(limit.measure, limited);
        const parts = amount === undefined ? 0 : inHundredths(amount);
        const { id, total } = limit;
        if (total === undefined)
          return { id, exceeded: exceedsAlone(limit, amount, nowMs), giveBack: async () => undefined };
        const windowMs = total.hours * HOUR_MS;
        const name = `${caller.tenant}/limit/${id}/${total.per}/${ownerOf(total.per, caller)}`;
        const add = async (share: number): Promise<number> => shared.increment(name, share, windowMs, nowMs);
        const sum = await add(parts);
        const exceeded = exceedsAlone(limit, amount, nowMs) || sum > inHundredths(total.most);
        return {
          id,
          exceeded,
          giveBack: async () => {
            // In a window that is over, nobody is kept out by it any more.
            const isOver = Math.floor(clock.now() / windowMs) !== Math.floor(nowMs / windowMs);
            if (!isOver) await add(-parts);
          },
        };
      }),
    );
  };

  return {
    count: async (caller, call) => {
      const agent = declared.get(caller.agent);
      const step = stepName(call.server, call.tool);
      const who = `${caller.tenant}/${caller.key}/${caller.agent}/${caller.user}`;
      const sessionName = `${caller.tenant}/steps/${caller.session}`;
      const learnedName = `${caller.tenant}/learned-steps/${caller.agent}`;
      const nowMs = clock.now();
      const isNamed = caller.session !== "";
      const session = isNamed
        ? await readSession(sessionName)
        : call.past.reduce((steps, one) => withStep(steps, stepName(one.server, one.tool), digestOf(one)), noSteps());
      const learned = caller.agent === "" ? NOTHING_LEARNED : await readLearned(learnedName);
      const reserved = await reserve(caller, call);
      const digest = digestOf(call);
      const past = { last: session.last, taken: new Set(session.taken) };
      const { calls } = session;
      const repeats = session.repeats[digest] ?? 0;
      const tokens =
        agent?.budget?.tokens === undefined || !isNamed
          ? 0
          : await shared.increment(tokensName(caller), 0, SESSION_TTL_MS * 30, nowMs);
      const minutes = (nowMs - session.startedMs) / 60_000;

      const passed = async (): Promise<void> => {
        const isNew = !session.edges.includes(edgeName(past.last, step));
        if (isNamed) await shared.set(sessionName, JSON.stringify(withStep(session, step, digest)), SESSION_TTL_MS);
        if (caller.agent === "") return;
        const taught = learnStep(await readLearned(learnedName), past, step, isNew);
        learnedOf.set(learnedName, taught);
        const kept = { sessions: taught.sessions, edges: [...taught.edges] };
        if (isNew) await shared.set(learnedName, JSON.stringify(kept), LEARNED_TTL_MS);
      };

      const stopped = async (): Promise<void> => {
        const { stopped: most, minutes: within, pauseMinutes } = options.breaker;
        const total = await shared.increment(`${who}/stopped`, 1, within * 60_000, clock.now());
        if (total >= most) await shared.set(`${who}/paused`, "1", pauseMinutes * 60_000);
      };

      return {
        limits: { exceeded: reserved.filter(({ exceeded }) => exceeded).map(({ id }) => id) },
        steps: {
          count: calls,
          repeats,
          unexpected: isUnexpected(agent?.steps, learned, past, step),
          forbidden: isForbidden(agent?.steps, past, step),
          paused: (await shared.get(`${who}/paused`)) !== undefined,
        },
        overBudget: exceedsBudget(agent?.budget, { calls, repeats, tokens, minutes }),
        settle: async (fate) => {
          if (fate === "passed") return passed();
          for (const { giveBack } of reserved) await giveBack();
          if (fate === "stopped") await stopped();
        },
      };
    },
    spend: async (caller, tokens) => {
      if (caller.session === "" || declared.get(caller.agent)?.budget?.tokens === undefined) return;
      await shared.increment(tokensName(caller), tokens, SESSION_TTL_MS * 30, clock.now());
    },
  };
};

interface Reserved {
  readonly id: string;
  readonly exceeded: boolean;
  readonly giveBack: () => Promise<void>;
}

const tokensName = ({ tenant, session }: CallerOf): string => `${tenant}/session-tokens/${session}`;

const ownerOf = (per: NonNullable<BusinessLimit["total"]>["per"], caller: CallerOf): string =>
  per === "tenant" ? "" : per === "session" ? caller.session : caller[per];

const parse = (text: string | undefined): unknown => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
