import {
  EFFECTS,
  type CallFacts,
  type Effect,
  type ExchangeOrigin,
  type RecordedMatch,
  type ToolCall,
  type Verdict,
} from "@parapet/model";
import { describeArguments } from "#agents";
import type { DecodedRequest, DecodedToolCall } from "#protocols";
import type { AgentSessions, FollowedSession } from "./agent-sessions.ts";
import type { CallArguments, PolicyQuestion } from "#policy";
import type { CallFate, CallKnowledge, KnownCall } from "./call-knowledge.ts";
import { enteredText, type ReturnedTexts } from "./flow-entries.ts";
import { isHeld } from "./exchange-holds.ts";
import { stops } from "./judge.ts";
import { sessionKey } from "./session-risk.ts";

/** Who gathers the facts of tool calls. */
export interface AgentRoad {
  readonly sessions: AgentSessions;
  readonly knowledge: CallKnowledge;
}

/** A call before it is let go. What is left out is looked up in the request. */
export interface ProposedToolCall extends DecodedToolCall {
  /** Parsed JSON of the tool's definition. */
  readonly definition?: unknown;
  /** Whether the annotations in it may be believed. */
  readonly trustsAnnotations?: boolean;
}

interface Judged {
  readonly call: ToolCall;
  readonly known: KnownCall | undefined;
  readonly arguments?: CallArguments;
  isReleased: boolean;
  /** Whether who counts calls was told what became of it. */
  isSettled: boolean;
}

/** Whole values of the arguments, whatever the model saw in their place. */
type Reveal = (text: string) => string;

/**
 * The tool calls of one exchange: their facts, what was decided about them, and what became of them.
 *
 * @param said what the user asked for, where that stands beside the exchange
 */
export const createExchangeCalls = (
  origin: ExchangeOrigin,
  road: AgentRoad | undefined,
  reveal: Reveal,
  said?: string,
) => {
  const judged = new Map<string, Judged>();
  let request: { readonly decoded: DecodedRequest; readonly matches: readonly RecordedMatch[] } | undefined;
  let following: Promise<FollowedSession> | undefined;

  /** Undefined where nobody gathers facts: for Parapet's own traffic, and before a request was judged. */
  const session = (): Promise<FollowedSession> | undefined => {
    if (road === undefined || request === undefined || origin.lane !== undefined) return undefined;
    return (following ??= follow(road, request));
  };

  const follow = async (
    { sessions }: AgentRoad,
    { decoded, matches }: NonNullable<typeof request>,
  ): Promise<FollowedSession> => {
    const view = await sessions.follow(origin, decoded, matches);
    if (said !== undefined) view.add(enteredText({ provenance: "user", role: "user", text: said, index: -1 }, []));
    return view;
  };

  const waiting = (): readonly Judged[] => [...judged.values()].filter(({ isReleased }) => !isReleased);

  const know = (
    call: ProposedToolCall,
    view: FollowedSession,
  ): Omit<KnownCall, "facts" | "reading"> & { readonly proposed: Parameters<FollowedSession["judge"]>[0] } => {
    const definition =
      call.definition ?? request?.decoded.toolDefinitions?.find(({ name }) => name === call.name)?.definition;
    const { id, name, server = "" } = call;
    const agent = origin.agent ?? "";
    const written = reveal(call.arguments ?? "") || "{}";
    const proposed = {
      id,
      name,
      server,
      agent,
      arguments: written,
      trustsAnnotations: call.trustsAnnotations === true,
      ...(definition !== undefined && { definition }),
    };
    return {
      ...proposed,
      proposed,
      tenant: origin.tenant,
      session: sessionKey(origin),
      user: origin.user ?? "",
      onBehalfOf: origin.onBehalfOf ?? [],
      key: origin.key ?? "",
      past: view.past(),
      beside: waiting().flatMap(({ known }) => (known === undefined ? [] : [known])),
    };
  };

  const gather = async (
    call: ProposedToolCall,
  ): Promise<Pick<Judged, "known" | "arguments"> & { facts?: CallFacts }> => {
    const view = await session();
    if (view === undefined || road === undefined) return { known: undefined };
    const { proposed, ...rest } = know(call, view);
    const judgedFacts = view.judge(proposed);
    const known: KnownCall = { ...rest, facts: judgedFacts, reading: view.readingOf(proposed) };
    const extras = await road.knowledge.of(known);
    const { pin, limits, steps, violations = [], reasons = [] } = extras;
    const { scope } = known.facts;
    const facts: CallFacts = {
      ...known.facts,
      scope: { ...scope, violations: [...new Set([...scope.violations, ...violations])] },
      reasons: [...known.facts.reasons, ...reasons],
      pin,
      limits,
      steps,
    };
    return { known, facts, ...(extras.arguments !== undefined && { arguments: extras.arguments }) };
  };

  const settle = async (one: Judged, fate: CallFate): Promise<void> => {
    if (one.isSettled || one.known === undefined) return;
    one.isSettled = true;
    await road?.knowledge.settled(one.known, fate);
  };

  /** A call has an id, or its own place. */
  const nameOf = ({ id, name, segment, arguments: written = "" }: DecodedToolCall): string =>
    [id === "" ? `at ${segment}` : id, name, written].join("\u0000");

  return {
    /** What the calls of the answer are judged by. */
    begin: (decoded: DecodedRequest, matches: readonly RecordedMatch[]): void => {
      request = { decoded, matches };
    },

    /** Lets the session know what the model is about to read, wherever that may matter later. */
    open: async (): Promise<void> => {
      if (request === undefined) return;
      const { toolNames, toolCalls, toolResults, toolDefinitions } = request.decoded;
      const isNamed = origin.sessionSource === "header" || origin.sessionSource === "protocol";
      if (isNamed || toolNames.length > 0 || toolCalls !== undefined || toolResults !== undefined) await session();
      const { tenant, route, agent = "" } = origin;
      if (origin.lane === undefined && (toolResults ?? toolDefinitions) !== undefined)
        road?.knowledge.asked({
          tenant,
          session: sessionKey(origin),
          agent,
          route,
          answered: toolResults?.map(({ call }) => call) ?? [],
          definitions: toolDefinitions ?? [],
        });
    },

    /** Asked again about the same call, it answers the same: its arguments may come as several texts. */
    factsOf: async (call: ProposedToolCall): Promise<Required<PolicyQuestion>["toolCall"]> => {
      const name = nameOf(call);
      let one = judged.get(name);
      if (one === undefined) {
        const { facts, ...known } = await gather(call);
        const { id, segment } = call;
        const recorded: ToolCall = {
          id,
          name: call.name,
          segment,
          ...(facts !== undefined && { facts, use: describeArguments(known.known?.reading.values) }),
        };
        one = { call: recorded, ...known, isReleased: false, isSettled: false };
        judged.set(name, one);
      }
      const { facts } = one.call;
      return {
        name: call.name,
        ...(facts !== undefined && { facts }),
        ...(one.arguments !== undefined && { arguments: one.arguments }),
      };
    },

    decided: async (call: DecodedToolCall, verdict: Verdict): Promise<void> => {
      const one = judged.get(nameOf(call));
      if (one === undefined) return;
      const { action, would, policy } = verdict;
      const decision = { action, would, ...(policy !== undefined && { policy }) };
      const now = { ...one, call: { ...one.call, decision } };
      judged.set(nameOf(call), now);
      // What is held may still be let go in this exchange.
      if (stops(verdict) && !isHeld(verdict)) await settle(now, "stopped");
    },

    /** The call goes to the caller: from here on it is in the session. */
    released: async (call: DecodedToolCall): Promise<void> => {
      const one = judged.get(nameOf(call));
      if (one === undefined || one.isReleased) return;
      one.isReleased = true;
      const view = await session();
      if (view === undefined || one.known === undefined) return;
      await view.released(one.known, one.known.facts);
      await settle(one, "passed");
    },

    /** A tool answered on the way, with what was found in that. */
    returned: async (result: ReturnedTexts, matches: readonly RecordedMatch[]): Promise<void> => {
      const view = await session();
      await view?.returned(result, matches);
    },

    /** The provider keeps the exchange under these names. */
    keep: async (ids: readonly string[]): Promise<void> => {
      if (ids.length > 0 && request !== undefined) await (await session())?.keep(ids);
    },

    /** Nothing of the exchange goes on: calls that did not reach the caller, for whatever reason, count for nothing. */
    end: async (tokens: number): Promise<void> => {
      for (const one of judged.values()) if (!one.isReleased) await settle(one, "held");
      if (request === undefined || origin.lane !== undefined || tokens === 0) return;
      const { tenant, agent = "", user = "", key = "" } = origin;
      await road?.knowledge.spent({ tenant, session: sessionKey(origin), agent, user, key }, tokens);
    },

    /** As a record tells it. */
    recordOf: (call: DecodedToolCall): ToolCall =>
      judged.get(nameOf(call))?.call ?? { id: call.id, name: call.name, segment: call.segment },

    /** As records tell them, in order. */
    recorded: (): readonly ToolCall[] => [...judged.values()].map(({ call }) => call),
  };
};

/** The gravest of a call's effects, for counting; undefined where nobody gathered facts. */
export const gravestEffect = ({ facts }: ToolCall): Effect | undefined =>
  EFFECTS.findLast((effect) => facts?.effects.includes(effect));
