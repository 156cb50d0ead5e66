import type { CallFacts, Category, Diagnostic, Match, Mode, PolicyInfo, Provenance, Verdict } from "@parapet/model";
import type { PolicyCaseResult } from "@parapet/model/api";

/** What a decision is asked about. Everything is passed in; the module is pure. */
export interface PolicyQuestion {
  readonly tenant: string;
  readonly principal: {
    readonly kind: "User" | "Agent" | "Service" | "Key" | "Anonymous";
    readonly id: string;
    /** As the identity provider names them; left out: none. */
    readonly groups?: readonly string[];
  };
  readonly agent: string;
  /** The person for whom it is done; left out: nobody says. */
  readonly user?: string;
  /** Agents and services that handed the task on to `agent`; left out: none. */
  readonly onBehalfOf?: readonly string[];
  readonly key: string;
  readonly action: "request" | "response" | "tool_call";
  readonly route: string;
  readonly protocol: string;
  readonly model: string;
  readonly mode: Mode;
  /** Matches with the provenance of their segment. */
  readonly matches: readonly { readonly match: Match; readonly provenance: Provenance }[];
  /** Matches beyond `matches` that only count: in a long stream the surest of each kind stands there for all. */
  readonly unlisted?: Readonly<Partial<Record<Category, number>>>;
  readonly unscannable: number;
  /** `facts` are absent where nobody gathers them. */
  readonly toolCall?: { readonly name: string; readonly facts?: CallFacts; readonly arguments?: CallArguments };
  readonly session: { readonly id: string; readonly risk: number; readonly known: boolean };
  readonly streamed: boolean;
}

/** What the arguments of a tool call amount to. Policies read it, records do not keep it. */
export interface CallArguments {
  /** Sum of the amounts in hundredths, rounded up; -1: unreadable or negative. */
  readonly amount: number;
  /** Sum of the arguments that say how many; -1: unreadable or negative. */
  readonly count: number;
  /** In small letters. */
  readonly recipients: readonly string[];
  /** Of addresses, URLs and hosts, in small letters. */
  readonly hosts: readonly string[];
}

export interface PolicyDecision {
  /** `action` already respects the mode: on an observing route it is at most `observe`. */
  readonly verdict: Verdict;
  /** Indexes into `matches` that a redacting policy covers; empty unless redaction is due. */
  readonly redact: readonly number[];
  /** Those of `redact` that every policy which covers them wants as a token; on requests their values can be put back. */
  readonly mask: readonly number[];
}

/** An immutable, compiled set. Hot reload swaps the whole object. */
export interface PolicySet {
  /** Digest of the texts, hex, 12 characters. */
  readonly version: string;
  readonly policies: readonly PolicyInfo[];
  readonly decide: (question: PolicyQuestion) => PolicyDecision;
  /** Runs every case beside the policies. */
  readonly test: () => readonly PolicyCaseResult[];
}

export type LoadedPolicies =
  | { readonly ok: true; readonly set: PolicySet; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };
