import { DATA_CLASSES, type CallFacts, type DataClass } from "@parapet/model";
import { createSessionFlow, type AgentContent, type CallReading, type ProposedCall, type SessionLabels } from "#agents";
import { flatText } from "#platform";
import { enteredCall, type Entered } from "./flow-entries.ts";

/** What the flow of a session says of a call; others add what they know. */
export type FlowFacts = Omit<CallFacts, "pin" | "limits" | "steps">;

/** A call of the session before the one that is looked at. */
export interface PastCall {
  /** Empty where the protocol gives none. */
  readonly id: string;
  readonly server: string;
  readonly name: string;
  /** JSON text; not always valid. */
  readonly arguments: string;
}

/** A session as one exchange sees it. */
export interface SessionView {
  /** Segments in the facts are those of this exchange. */
  readonly judge: (call: ProposedCall) => FlowFacts;
  /** Of a call that was judged. */
  readonly readingOf: (call: ProposedCall) => CallReading;
  /** Calls before, those of this conversation first. */
  readonly past: () => readonly PastCall[];
  /** A call that was let go. */
  readonly called: (call: PastCall) => void;
  /** Adds what entered beside the conversation. */
  readonly add: (entry: Entered) => void;
  readonly labels: () => SessionLabels;
}

export interface AgentSession {
  /** Takes in a request's entries: what is new is added. */
  readonly take: (entries: readonly Entered[], calls: readonly PastCall[]) => SessionView;
  /** Whether the entries leave out something that the last conversation held. */
  readonly isRewritten: (entries: readonly Entered[]) => boolean;
  /** Takes over what another gateway, or an earlier start of this one, knows of it. */
  readonly join: (labels: SessionLabels) => void;
  readonly labels: () => SessionLabels;
  /** Of its texts; grows only. */
  readonly bytes: () => number;
}

/** What is in a session that nobody here saw, or saw all of: labels where they are known, else undefined. */
export interface SessionPast {
  readonly labels: SessionLabels | undefined;
  /** Whether all that was in it is known, at least by its labels. */
  readonly isKnown: boolean;
}

/** An entry of the session: its texts stand for themselves, not for the bodies that brought them. */
interface Kept {
  readonly group: string;
  readonly texts: readonly string[];
  readonly positions: readonly number[];
}

const ENTRY_BYTES = 400;
const CALLS_MAX = 1_000;
/** Whatever an unknown session may hold. */
const UNKNOWN_CLASSES: readonly DataClass[] = DATA_CLASSES;

const isSame = (kept: Kept | undefined, { group, texts }: Entered): kept is Kept =>
  kept !== undefined &&
  kept.group === group &&
  kept.texts.length === texts.length &&
  texts.every((text, at) => text === kept.texts[at]);

const textKey = (texts: readonly string[]): string => {
  const [first = ""] = texts;
  return texts.length === 1 ? first : JSON.stringify(texts);
};

/** Calls have ids, or else what they say. */
const nameOfCall = ({ id, server, name, arguments: written }: PastCall): string =>
  id === "" ? [server, name, written].join("\u0000") : id;

const union = (lists: readonly (readonly DataClass[])[]): DataClass[] => {
  const all = new Set(lists.flat());
  return DATA_CLASSES.filter((one) => all.has(one));
};

/**
 * One session: its flow, and what of it each conversation has said already. A request is compared with the last one
 * from its beginning; what differs is looked up, so that a growing conversation costs what it grew.
 */
export const createAgentSession = (content: AgentContent, before: SessionPast): AgentSession => {
  let past = before;
  const flow = createSessionFlow(content);
  const seen = new Map<string, Map<string, Kept>>();
  let last: readonly Kept[] = [];
  /** Calls that were let go here. Most come back with their conversation; those over MCP, and kept ones, do not. */
  const released: PastCall[] = [];
  let nextPosition = 0;
  let bytes = 0;

  const find = ({ group, texts }: Entered): Kept | undefined => seen.get(group)?.get(textKey(texts));

  const keep = (entry: Entered): Kept => {
    const texts = entry.texts.map(flatText);
    const positions = texts.map(() => nextPosition++);
    const kept: Kept = { group: flatText(entry.group), texts, positions };
    const byText = seen.get(kept.group) ?? new Map<string, Kept>();
    seen.set(kept.group, byText.set(textKey(texts), kept));
    bytes += ENTRY_BYTES + texts.reduce((sum, text) => sum + 2 * text.length, 0);
    flow.add(entry.toFlow(texts, positions));
    return kept;
  };

  const add = (entry: Entered): void => {
    if (find(entry) === undefined) keep(entry);
  };

  const labels = (): SessionLabels => {
    const own = flow.labels();
    return {
      untrusted: own.untrusted || past.labels?.untrusted === true || !past.isKnown,
      classes: union([own.classes, past.labels?.classes ?? [], past.isKnown ? [] : UNKNOWN_CLASSES]),
      // The same calls may be in both: a conversation comes back after a restart.
      calls: Math.max(own.calls, past.labels?.calls ?? 0),
    };
  };

  const withPast = (facts: FlowFacts): FlowFacts => {
    if (past.isKnown && past.labels === undefined) return facts;
    const { untrusted, classes } = labels();
    // Where calls are missing, what they brought might speak against this one: nothing is said of its doubt.
    const { doubt, ...flow } = facts.flow;
    return {
      ...facts,
      flow: {
        ...flow,
        ...(past.isKnown && doubt !== undefined && { doubt }),
        known: facts.flow.known && past.isKnown,
        untrusted: facts.flow.untrusted || untrusted,
        classes: union([facts.flow.classes, classes]),
      },
    };
  };

  const take: AgentSession["take"] = (entries, calls) => {
    const earlier = last;
    const now = entries.map((entry, at) => {
      const known = earlier[at];
      return isSame(known, entry) ? known : (find(entry) ?? keep(entry));
    });
    if (entries.length > 0) last = now;
    let segmentOf: Map<number, number> | undefined;
    const place = (): ReadonlyMap<number, number> =>
      (segmentOf ??= new Map(
        now.flatMap(({ positions }, at) =>
          positions.map((position, part): [number, number] => [position, entries[at]?.segments[part] ?? -1]),
        ),
      ));
    return {
      judge: (call) => {
        const facts = withPast(flow.judge(call));
        const origins = facts.origins.map(({ segment, start, end, ...origin }) => {
          const here = segment === undefined ? undefined : place().get(segment);
          // A text of an earlier exchange, or of another way in, cannot be pointed at in this one.
          if (here === undefined || here < 0) return origin;
          return { ...origin, segment: here, ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
        });
        return { ...facts, origins };
      },
      readingOf: flow.readingOf,
      past: () => {
        if (calls.length === 0) return [...released];
        const told = new Set(calls.map(nameOfCall));
        return [...calls, ...released.filter((call) => !told.has(nameOfCall(call)))];
      },
      called: (call) => {
        released.push(call);
        if (released.length > CALLS_MAX) released.shift();
        add(enteredCall(call));
      },
      add,
      labels,
    };
  };

  return {
    take,
    isRewritten: (entries) => {
      const begun = last.findIndex((kept, at) => {
        const entry = entries[at];
        return entry === undefined || !isSame(kept, entry);
      });
      if (begun === -1) return false;
      const rest = new Set(entries.slice(begun).map(({ group, texts }) => `${group}\u0000${textKey(texts)}`));
      return last.slice(begun).some(({ group, texts }) => !rest.has(`${group}\u0000${textKey(texts)}`));
    },
    join: ({ untrusted, classes, calls }) => {
      const own = past.labels;
      past = {
        ...past,
        labels: {
          untrusted: untrusted || own?.untrusted === true,
          classes: union([classes, own?.classes ?? []]),
          calls: Math.max(calls, own?.calls ?? 0),
        },
      };
    },
    labels,
    bytes: () => bytes,
  };
};
