import { scanJson, spliceJsonStrings, type JsonEdit, type ScannedJson, type StringLeaf } from "#platform";
import type { Decoded, StreamText, UnscannablePart } from "../protocol.ts";
import { logprobsSpans } from "./logprobs-spans.ts";

const DEPTH_MAX = 64;

/** A text of an event with the string that holds it. */
export interface LocatedText extends StreamText {
  readonly leaf: StringLeaf;
}

export const badEvent = (message: string, pointer = ""): Decoded<never> => ({
  ok: false,
  refusal: { code: "bad_event", message, pointer },
});

export const scanEvent = (data: string): Decoded<ScannedJson> => {
  const scan = scanJson(Buffer.from(data), { depthMax: DEPTH_MAX });
  return scan.ok ? scan : { ok: false, refusal: { code: scan.fault.code, message: scan.fault.message } };
};

/**
 * The event with other texts in some channels; all other bytes stay as they came, but log probabilities: they
 * spell the texts out once more and become `noLogprobs`.
 */
export const rewriteTexts = (
  scan: ScannedJson,
  texts: readonly LocatedText[],
  deltas: ReadonlyMap<string, string>,
  noLogprobs?: "null" | "[]",
): string => {
  const edits = texts.flatMap(({ channel, leaf, delta }): JsonEdit[] => {
    const next = deltas.get(channel);
    return next === undefined || next === delta ? [] : [{ start: leaf.start, end: leaf.end, value: next }];
  });
  const isEdited = edits.length > 0;
  for (const { start, end } of isEdited && noLogprobs !== undefined ? logprobsSpans(scan) : [])
    edits.push({ start, end, token: Buffer.from(noLogprobs ?? "") });
  return spliceJsonStrings(scan.bytes, edits).toString();
};

/**
 * Parts of an event by their places in the stream: what stood below `at` stands below `place`, and in the event's data
 * below `within`.
 */
export const partsOfStream = (
  parts: readonly UnscannablePart[],
  at: string,
  place: string,
  within = at,
): UnscannablePart[] =>
  parts.map((part) => {
    const below = part.pointer.slice(at.length);
    return { ...part, pointer: place + below, within: within + below };
  });

/** Names encoded bytes of an event that stand where no part was named for them; `place`: of the event in the stream. */
export const noteEncoded = (parts: UnscannablePart[], pointer: string, place: string): void => {
  if (parts.some(({ within }) => within !== undefined && pointer.startsWith(`${within}/`))) return;
  parts.push({ pointer: place + pointer, provenance: "model", reason: "encoded bytes", within: pointer });
};
