import type { CallFacts } from "@parapet/model";
import type { CallReading } from "#agents";
import type { CallArguments } from "#policy";
import type { DecodedToolDefinition } from "#protocols";
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
  /** The same, read. */
  readonly reading: CallReading;
  /** Parsed JSON of the tool's definition, where the request or the server gave one. */
  readonly definition?: unknown;
  readonly trustsAnnotations: boolean;
  /** Effects, scope, and for each argument its path, role and origin. */
  readonly facts: FlowFacts;
  /** Calls of the session before this one, as far as it is in memory. */
  readonly past: readonly PastCall[];
  /** Calls of the same answer that wait beside this one. */
  readonly beside: readonly PastCall[];
}

/** What is known of a call besides its session's flow. */
export interface CallExtras extends Pick<CallFacts, "pin" | "limits" | "steps"> {
  /** Added to those of the scope. */
  readonly violations?: CallFacts["scope"]["violations"];
  readonly reasons?: readonly string[];
  /** What its arguments amount to, for policies. */
  readonly arguments?: CallArguments;
}

/** What a request to a model says of tools and calls. */
export interface AskedModel extends Pick<KnownCall, "tenant" | "session" | "agent"> {
  readonly route: string;
  /** Ids of the calls whose results it brings. */
  readonly answered: readonly string[];
  readonly definitions: readonly DecodedToolDefinition[];
}

/** Whose session tokens are counted for. */
export type TokenSpender = Pick<KnownCall, "tenant" | "session" | "agent" | "user" | "key">;

/** Who knows pins, limits and the order of steps. Asked for each call before policy decides. */
export interface CallKnowledge {
  readonly of: (call: KnownCall) => CallExtras | Promise<CallExtras>;
  /** What became of the call, told once: what is added up grows by what passed. */
  readonly settled: (call: KnownCall, fate: CallFate) => void | Promise<void>;
  /** A request is about to go to a model. */
  readonly asked: (request: AskedModel) => void;
  /** A model used tokens for a session. */
  readonly spent: (spender: TokenSpender, tokens: number) => void | Promise<void>;
}

/** `held`: it waits for a person, and may pass later. */
export type CallFate = "passed" | "held" | "stopped";
