import { isFields, type Fields } from "./read.ts";
import type { DecodeContext, Decoded, Source } from "./source.ts";
import { splitPayload, USUAL_LISTS } from "./split-payload.ts";

const RECORD_BYTES_MAX = 1024 * 1024;

interface JsonSource extends Omit<Source, "split" | "decode" | "recordBytesMax"> {
  /** Fields of a wrapping object that hold the records; left out: the usual ones. */
  readonly lists?: readonly string[];
  readonly decode: (record: Fields, context: DecodeContext) => Decoded;
}

/** A source whose records are JSON objects, alone, in lists or one a line. */
export const jsonSource = ({ lists = USUAL_LISTS, decode, ...source }: JsonSource): Source => ({
  ...source,
  recordBytesMax: RECORD_BYTES_MAX,
  split: (payload) => splitPayload(payload, { lists, lines: "json", recordBytesMax: RECORD_BYTES_MAX }),
  decode: (record, context) =>
    isFields(record)
      ? decode(record, context)
      : {
          kind: "malformed",
          reason: `A record of ${source.title} is a JSON object. Send objects, one a line or in a list`,
        },
});

/** What a record lacks to be one of this source, and what to do. */
export const notOf = (title: string, lacks: string): Decoded => ({
  kind: "malformed",
  reason: `Not a record of ${title}: it has no ${lacks}. Check which source this sender is connected to`,
});
