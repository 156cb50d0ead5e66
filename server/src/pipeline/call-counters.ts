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
  type CallReading,
  type LearnedSteps,
} from "#agents";
import { canonicalText } from "#ledger";
import { hmacHex, type Clock } from "#platform";
import type { SharedState } from "#storage";
import type { CallFate, KnownCall, TokenSpender } from "./call-knowledge.ts";
import { createCallTickets, type CallTicket } from "./call-tickets.ts";
import {
  createSessionSteps,
  DIGEST_UNITS,
  parseJson,
  repeatsOf,
  SESSION_TTL_MS,
  withRepeat,
  type SessionSteps,
} from "./session-steps.ts";

const HOUR_MS = 3_600_000;
const LEARNED_TTL_MS = 90 * 24 * HOUR_MS;
/** Of one session: different edges that are told apart. */
const EDGES_KEPT = 256;
/** Agents whose learned steps are held in memory; those of others are read again. */
const AGENTS_HELD = 4_096;

type AnyCall = Pick<KnownCall, "server" | "name" | "arguments">;

/** A call with who makes it and what came before; a session without a name is known by its conversation alone. */
export interface CountedCall extends AnyCall, TokenSpender {
  readonly id: string;
  readonly reading: CallReading;
  readonly past: readonly AnyCall[];
  readonly beside: readonly AnyCall[];
}

/** What counters know of a call before policy decides about it. */
export interface CallCount extends Pick<CallFacts, "limits" | "steps"> {
  readonly overBudget: boolean;
  /** To be told once, what became of it: only what passed is added up and learned from. */
  readonly settle: (fate: CallFate) => Promise<void>;
}

export interface CallCounters {
  readonly count: (call: CountedCall) => Promise<CallCount>;
  /** The results of these calls are back with their model. */
  readonly answered: (session: string, calls: readonly string[]) => void;
  /** Tokens that a model used for the session. */
  readonly spend: (spender: TokenSpender, tokens: number) => Promise<void>;
}

const Learned = z.object({ sessions: z.number(), edges: z.array(z.tuple([z.string(), z.number()])) });

export interface CallCountersOptions {
  /** Read for each call: what a person confirms is in force at once. */
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
  const declaredAs = (name: string): AgentDeclaration | undefined => options.agents.find(({ id }) => id === name);
  const learnedOf = new Map<string, LearnedSteps>();
  const tickets = createCallTickets(clock);
  const sessions = createSessionSteps(shared, clock);

  const holdLearned = (name: string, learned: LearnedSteps): LearnedSteps => {
    const oldest = learnedOf.size < AGENTS_HELD || learnedOf.has(name) ? undefined : learnedOf.keys().next().value;
    if (oldest !== undefined) learnedOf.delete(oldest);
    learnedOf.set(name, learned);
    return learned;
  };

  const readLearned = async (name: string): Promise<LearnedSteps> => {
    const known = learnedOf.get(name);
    if (known !== undefined) return known;
    const kept = Learned.safeParse(parseJson(await shared.get(name)));
    const learned = kept.success ? { sessions: kept.data.sessions, edges: new Map(kept.data.edges) } : NOTHING_LEARNED;
    return holdLearned(name, learned);
  };

  const withStep = (session: SessionSteps, step: string, digest: string, isNew: boolean): SessionSteps => {
    const edge = edgeName(session.last, step);
    return {
      last: step,
      taken: session.taken.includes(step) ? session.taken : [...session.taken, step].slice(0, STEPS_MAX),
      edges: session.edges.includes(edge) ? session.edges : [...session.edges, edge].slice(-EDGES_KEPT),
      calls: session.calls + (isNew ? 1 : 0),
      startedMs: session.startedMs,
      repeats: withRepeat(session.repeats, digest),
    };
  };

  /** Reserves the call's part of each total, so that two calls at once do not both take what is left. */
  const reserve = async (call: CountedCall, ticket: CallTicket | undefined): Promise<readonly Reserved[]> => {
    const { values } = call.reading;
    const limited = { agent: call.agent, server: call.server, tool: call.name, values };
    const nowMs = clock.now();
    return Promise.all(
      limitsOf(options.limits, limited).map(async (limit): Promise<Reserved> => {
        const amount = measureCall(limit.measure, limited);
        const { id, total } = limit;
        if (total === undefined)
          return { id, exceeded: exceedsAlone(limit, amount, nowMs), giveBack: async () => undefined };
        const whole = amount === undefined ? 0 : inHundredths(amount);
        const windowMs = total.hours * HOUR_MS;
        const name = `${call.tenant}/limit/${id}/${total.per}/${ownerOf(total.per, call)}`;
        // A server's declaration may find more in the same arguments than the model's answer told.
        const parts = Math.max(0, whole - (ticket?.counted.get(name) ?? 0));
        const add = async (share: number): Promise<number> => shared.increment(name, share, windowMs, nowMs);
        const sum = await add(parts);
        const exceeded = exceedsAlone(limit, amount, nowMs) || sum > inHundredths(total.most);
        return {
          id,
          exceeded,
          counted: [name, whole],
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
    count: async (call) => {
      const agent = declaredAs(call.agent);
      const step = stepOf(call);
      const who = `${call.tenant}/${call.key}/${call.agent}/${call.user}`;
      const sessionName = `${call.tenant}/steps/${call.session}`;
      const learnedName = `${call.tenant}/learned-steps/${call.agent}`;
      const nowMs = clock.now();
      const isNamed = call.session !== "";
      const session = isNamed ? await sessions.read(sessionName) : sessions.none();
      const learned = call.agent === "" ? NOTHING_LEARNED : await readLearned(learnedName);
      const written = canonicalText(call.arguments);
      const ticketOf = (name: string): string =>
        hmacHex(options.hashKey, "counted call", `${name}\u0000${written}`).slice(0, DIGEST_UNITS);
      // A model knows a tool by its own name, or by that behind an endpoint of several servers.
      const taken =
        call.server === "" || !isNamed
          ? undefined
          : tickets.take(call.session, () => [ticketOf(call.name), ticketOf(`${call.server}__${call.name}`)]);
      const reserved = await reserve(call, taken?.ticket);
      const digest = hmacHex(options.hashKey, "call", `${step}\u0000${written}`).slice(0, DIGEST_UNITS);
      // Where as much is kept under the name as the conversation tells, it need not be read again.
      const told = call.past.length > session.calls ? call.past : [];
      const last = lastStep(call.beside) ?? session.last ?? lastStep(call.past);
      // Which steps were taken matters only where some are forbidden after them.
      const takenBefore = (agent?.steps?.forbidden ?? []).length === 0 ? [] : [...session.taken, ...stepsBefore(call)];
      const past = { last, taken: new Set(takenBefore) };
      const calls =
        Math.max(0, Math.max(session.calls, told.length) - (taken === undefined ? 0 : 1)) + call.beside.length;
      const repeats =
        Math.max(repeatsOf(session.repeats, digest), alike(call, written, told)) + alike(call, written, call.beside);
      const tokens =
        agent?.budget?.tokens === undefined || !isNamed
          ? 0
          : await shared.increment(tokensName(call), 0, SESSION_TTL_MS * 30, nowMs);
      const minutes = (nowMs - session.startedMs) / 60_000;

      const passed = async (): Promise<void> => {
        if (call.server === "" && isNamed)
          tickets.issue(call.session, ticketOf(call.name), {
            call: call.id,
            counted: new Map(reserved.flatMap(({ counted }) => (counted === undefined ? [] : [counted]))),
          });
        // Others of the same answer may have passed since.
        const now = isNamed ? await sessions.read(sessionName) : session;
        const isNew = isNamed
          ? !now.edges.includes(edgeName(last, step))
          : !stepsBefore(call).some((one, at, before) => one === step && before[at - 1] === last);
        if (isNamed) await sessions.write(sessionName, withStep(now, step, digest, taken === undefined));
        if (call.agent === "") return;
        const taught = holdLearned(learnedName, learnStep(await readLearned(learnedName), past, step, isNew));
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
          taken?.giveBack();
          for (const { giveBack } of reserved) await giveBack();
          if (fate === "stopped") await stopped();
        },
      };
    },
    answered: tickets.void,
    spend: async (spender, tokens) => {
      if (spender.session === "" || declaredAs(spender.agent)?.budget?.tokens === undefined) return;
      await shared.increment(tokensName(spender), tokens, SESSION_TTL_MS * 30, clock.now());
    },
  };
};

interface Reserved {
  readonly id: string;
  readonly exceeded: boolean;
  /** Counter of a total, and what the call is worth there in hundredths. */
  readonly counted?: readonly [name: string, hundredths: number];
  readonly giveBack: () => Promise<void>;
}

const stepOf = ({ server, name }: AnyCall): string => stepName(server, name);

const lastStep = (calls: readonly AnyCall[]): string | undefined => {
  const last = calls.at(-1);
  return last && stepOf(last);
};

const stepsBefore = ({ past, beside }: CountedCall): readonly string[] => [...past, ...beside].map(stepOf);

/** How many of them are the same call, however its arguments are spelled. `written`: its own, canonical. */
const alike = ({ server, name }: AnyCall, written: string, calls: readonly AnyCall[]): number =>
  calls.filter((one) => one.name === name && one.server === server && canonicalText(one.arguments) === written).length;

const tokensName = ({ tenant, session }: TokenSpender): string => `${tenant}/session-tokens/${session}`;

const ownerOf = (per: NonNullable<BusinessLimit["total"]>["per"], caller: TokenSpender): string =>
  per === "tenant" ? "" : per === "session" ? caller.session : caller[per];
