import type { BodyOutline, CapturedSegment, Clue, ExchangeRecord, RecordedMatch } from "@parapet/model";
import { open, parseTrusted, seal } from "#platform";

/** What people said, of one record: texts by segment, the words that matches quote as clues, and what stood beside. */
export interface Words {
  readonly texts: ReadonlyMap<number, string>;
  /** By position in the record's matches. */
  readonly clues: ReadonlyMap<number, readonly Clue[]>;
  readonly outlines: readonly BodyOutline[];
}

interface Plain {
  readonly texts: readonly (readonly [number, string])[];
  readonly clues: readonly (readonly [number, readonly Clue[]])[];
  /** Absent where there are none. */
  readonly outlines?: readonly BodyOutline[];
}

/** What holds words: a record of an exchange, or an event of telemetry with the texts that it was told. */
interface Wordy {
  readonly id: string;
  readonly segments: readonly CapturedSegment[];
  readonly matches: readonly RecordedMatch[];
  readonly outlines?: readonly BodyOutline[] | undefined;
}

/** Seals the words of a record under its subject's key; undefined when it holds none. */
export const sealWords = (record: Wordy, key: Buffer): string | undefined => {
  const texts = record.segments.flatMap(({ index, text }) => (text === undefined ? [] : [[index, text] as const]));
  const clues = record.matches.flatMap(({ clues: own }, position) =>
    own === undefined ? [] : [[position, own] as const],
  );
  const { outlines } = record;
  if (texts.length === 0 && clues.length === 0 && outlines === undefined) return undefined;
  const plain: Plain = { texts, clues, ...(outlines !== undefined && { outlines }) };
  return seal(key, JSON.stringify(plain), record.id).toString("base64");
};

/** Undefined when the key is not the one they were sealed with. */
export const openWords = (sealed: string, key: Buffer, recordId: string): Words | undefined => {
  const opened = open(key, Buffer.from(sealed, "base64"), recordId);
  if (opened === undefined) return undefined;
  const { texts, clues, outlines = [] } = parseTrusted<Plain>(opened.toString("utf8"));
  return { texts: new Map(texts), clues: new Map(clues), outlines };
};

/** The record as it may stand in clear. */
export const withoutWords = ({ outlines: _outlines, ...record }: ExchangeRecord): ExchangeRecord => ({
  ...record,
  segments: record.segments.map(({ text: _text, ...place }) => place),
  matches: record.matches.map(({ clues: _clues, ...match }) => match),
});
