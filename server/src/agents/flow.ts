import type {
  AgentDeclaration,
  ArgumentRole,
  CallFacts,
  DataClass,
  Match,
  Provenance,
  ToolDeclaration,
} from "@parapet/model";

/** What operators declared. */
export interface AgentContent {
  readonly tools: readonly ToolDeclaration[];
  readonly agents: readonly AgentDeclaration[];
}

/** One thing that entered a session, in order. `segment` is its index in the exchange that is looked at. */
export type FlowEntry =
  | {
      readonly kind: "said";
      readonly provenance: Provenance;
      readonly role: string;
      readonly text: string;
      readonly segment: number;
      /** What detectors found in it; left out: nothing that matters for labels. */
      readonly matches?: readonly Match[];
    }
  | {
      readonly kind: "called";
      readonly id: string;
      readonly name: string;
      readonly server: string;
      /** JSON text; not always valid. */
      readonly arguments: string;
    }
  | {
      readonly kind: "returned";
      /** Id of the call; empty where nothing names it. */
      readonly call: string;
      readonly name: string;
      readonly server: string;
      readonly texts: readonly { readonly text: string; readonly segment: number }[];
      /** What detectors found in it: personal data and secrets become classes of the label. */
      readonly matches: readonly Match[];
    };

export interface ProposedCall {
  readonly id: string;
  readonly name: string;
  /** MCP server; empty where the application itself runs the tool. */
  readonly server: string;
  /** Name of the agent; empty when nobody says. */
  readonly agent: string;
  readonly arguments: string;
  /** JSON of the tool's definition, where it is known: name, description, parameters, annotations. */
  readonly definition?: unknown;
  /** Whether the server's own annotations may be believed. */
  readonly trustsAnnotations?: boolean;
}

/** A leaf of a call's arguments. */
export interface CallValue {
  readonly role: ArgumentRole | undefined;
  readonly value: unknown;
}

/** A call's arguments, read. */
export interface CallReading {
  /** Undefined when they are broken, or too many to be read. */
  readonly values: readonly CallValue[] | undefined;
  /** Parsed; undefined: the text is no JSON. */
  readonly json: unknown;
}

/** What a session holds, small enough to be kept where its texts are not. */
export interface SessionLabels {
  readonly untrusted: boolean;
  readonly classes: readonly DataClass[];
  readonly calls: number;
}

/** What gathers the facts of one session. Grows with it; a call is judged before it is added. */
export interface SessionFlow {
  readonly add: (entry: FlowEntry) => void;
  /** Everything of {@link CallFacts} but the pin, limits and steps, which others know. */
  readonly judge: (call: ProposedCall) => Omit<CallFacts, "pin" | "limits" | "steps">;
  /** What the arguments hold of a call that was judged here, for which they are not read again. */
  readonly readingOf: (call: ProposedCall) => CallReading;
  readonly labels: () => SessionLabels;
}
