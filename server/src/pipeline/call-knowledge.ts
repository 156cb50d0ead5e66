import type { CallFacts } from "@parapet/model";
import type { CallArguments } from "#policy";
import type { FlowFacts, PastCall } from "./agent-session.ts";

/** A call that is looked at, with who makes it and what its session says of it. */
export interface KnownCall {
  readonly tenant: string;
  /** Name of the session among all: tenant, key and the caller's own name of it. Empty where there is none. */
  readonly session: string;
  readonly agent: string;
  readonly user: string;
  /** Agents and services that handed the task on to `agent`, outermost first. */
  readonly onBehalfOf: readonly string[];
  readonly key: string;
  readonly id: string;
  readonly server: string;
  readonly name: string;
  /** JSON text; not always valid. */
  readonly arguments: string;
  /** Parsed JSON of the tool's definition, where the request or the server gave one. */
  readonly definition?: unknown;
  readonly trustsAnnotations: boolean;
  /** Effects, scope, and for each argument its path, role and origin. */
  readonly facts: FlowFacts;
  /** Calls of the session before this one, those that wait beside it included. */
  readonly past: readonly PastCall[];
}

/** What is known of a call besides its session's flow. */
export interface CallExtras extends Pick<CallFacts, "pin" | "limits" | "steps"> {
  /** Added to those of the scope. */
  readonly violations?: CallFacts["scope"]["violations"];
  readonly reasons?: readonly string[];
  /** What its arguments amount to, for policies. */
  readonly arguments?: CallArguments;
}

/** Whose session tokens are counted for. */
export type TokenSpender = Pick<KnownCall, "tenant" | "session" | "agent" | "user" | "key">;

/** Who knows pins, limits and the order of steps. Asked for each call before policy decides. */
export interface CallKnowledge {
  readonly of: (call: KnownCall) => CallExtras | Promise<CallExtras>;
  /** What became of the call, told once: what is added up grows by what passed. */
  readonly settled: (call: KnownCall, fate: CallFate) => void | Promise<void>;
  /** A model used tokens for a session. */
  readonly spent: (spender: TokenSpender, tokens: number) => void | Promise<void>;
}

/** `held`: it waits for a person, and may pass later. */
export type CallFate = "passed" | "held" | "stopped";

const PATH_DEPTH_MAX = 64;

/** The same JSON with sorted members; text that is none stays as it is. */
const canonical = (text: string): string => {
  try {
    return JSON.stringify(sorted(JSON.parse(text), 0));
  } catch {
    return text;
  }
};

const sorted = (value: unknown, depth: number): unknown => {
  if (typeof value !== "object" || value === null || depth > PATH_DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => sorted(one, depth + 1));
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([name, member]) => [name, sorted(member, depth + 1)]);
};

/** How often the same tool was called with the same arguments before. */
export const repeatsOf = ({ server, name, arguments: text, past }: KnownCall): number => {
  const alike = past.filter((call) => call.name === name && call.server === server);
  if (alike.length === 0) return 0;
  const own = canonical(text);
  return alike.filter((call) => call.arguments === text || canonical(call.arguments) === own).length;
};

/** Nothing is pinned, limited or ordered: what the session itself says of steps. */
export const NO_KNOWLEDGE: CallKnowledge = {
  of: (call) => ({
    pin: "none",
    limits: { exceeded: [] },
    steps: { count: call.past.length, repeats: repeatsOf(call), unexpected: false, forbidden: false, paused: false },
  }),
  settled: () => undefined,
  spent: () => undefined,
};
