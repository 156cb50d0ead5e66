import type { Provenance, Segment } from "@parapet/model";
import type { InspectionContext } from "#detectors";

/** A row of the receipt that only says "inspected" and "skipped". */
export interface QuietRow {
  readonly letters: string;
  /** Whether a detector that reads the context looked, and might find something in another context. */
  readonly readsContext: boolean;
  /** Position of each detector that skips, and why. */
  readonly skipped: readonly (readonly [number, string])[];
}

/** A segment in which nothing was found, ready for the receipt of the next exchange that holds it at the same place. */
export interface Mark {
  /** The newest body's string: an older one would keep its whole body alive. */
  text: string;
  /** What the user had asked, where the segment was judged against that; a string of the newest body too. */
  userRequest: string | undefined;
  readonly provenance: Provenance;
  readonly digest: string;
  readonly quiet: QuietRow;
  readonly row: [number, string];
  /** Names the exchange that inspected it. */
  readonly origin: [number, number, string];
}

/** Marks by position; undefined where a segment has to be looked at again. */
export type Marks = readonly (Mark | undefined)[];

export interface Turn {
  readonly marks: Marks;
  readonly context: InspectionContext;
}

/** What each conversation last sent, so that its next turn is compared instead of hashed and looked up text by text. */
export interface ConversationMemory {
  readonly recall: (conversation: string) => Turn | undefined;
  /** @param textUnits of all its segments: marks, prompts and requests are strings of these */
  readonly keep: (conversation: string, turn: Turn, textUnits: number) => void;
  readonly bytes: () => number;
}

/** Mark, row and origin, as measured on the heap. */
const MARK_BYTES = 300;
/** Its name, its lists and their places in the map. */
const TURN_BYTES = 1_000;
const HOST_BYTES = 100;

interface Kept extends Turn {
  readonly bytes: number;
}

const sizeOf = ({ marks, context }: Turn, textUnits: number): number =>
  TURN_BYTES + marks.length * MARK_BYTES + context.knownHosts.size * HOST_BYTES + 2 * textUnits;

/**
 * Bounded by bytes in two generations, as the inspection memory is. Texts stand here in clear, as they do in this
 * process while an exchange lasts, for nothing but comparing.
 */
export const createConversationMemory = (bytesMax: number): ConversationMemory => {
  let young = new Map<string, Kept>();
  let old = new Map<string, Kept>();
  let youngBytes = 0;
  let oldBytes = 0;

  const keep: ConversationMemory["keep"] = (conversation, turn, textUnits) => {
    const bytes = sizeOf(turn, textUnits);
    if (bytes > bytesMax / 4) return;
    if (youngBytes + bytes > bytesMax / 2) {
      old = young;
      oldBytes = youngBytes;
      young = new Map();
      youngBytes = 0;
    }
    youngBytes += bytes - (young.get(conversation)?.bytes ?? 0);
    young.set(conversation, { ...turn, bytes });
  };

  return {
    recall: (conversation) => young.get(conversation) ?? old.get(conversation),
    keep,
    bytes: () => youngBytes + oldBytes,
  };
};

/** Whether the segment is the marked one: same place, same author, same words, read for the same request. */
export const isMarked = (
  mark: Mark | undefined,
  { index, provenance, text }: Segment,
  userRequest: string | undefined,
): mark is Mark =>
  mark !== undefined &&
  mark.row[0] === index &&
  mark.provenance === provenance &&
  mark.text === text &&
  mark.userRequest === userRequest;

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((text, index) => text === b[index]));

type Requests = InspectionContext["foreignRequests"];

const isSameRequests = (a: Requests = [], b: Requests = []): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every(({ text, provenance }, index) => text === b[index]?.text && provenance === b[index].provenance));

/** Whether detectors that read the context would say the same again. */
export const isSameContext = (a: InspectionContext, b: InspectionContext): boolean =>
  a === b ||
  (isSameList(a.systemPrompts, b.systemPrompts) &&
    isSameList(a.canaries, b.canaries) &&
    isSameList(a.registeredSecrets, b.registeredSecrets) &&
    isSameList(a.allowedHosts, b.allowedHosts) &&
    a.userRequest === b.userRequest &&
    isSameRequests(a.foreignRequests, b.foreignRequests) &&
    a.knownHosts.size === b.knownHosts.size &&
    a.knownHosts.isSubsetOf(b.knownHosts));
