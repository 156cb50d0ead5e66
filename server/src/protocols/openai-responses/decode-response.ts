import type { Usage } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { logprobsSpans } from "../json/logprobs-spans.ts";
import { readStrings, withOpaque } from "../json/read-strings.ts";
import type {
  Decoded,
  DecodedResponse,
  DecodedToolCall,
  DependentBytes,
  LocatedSegment,
  UnscannablePart,
} from "../protocol.ts";
import { argumentsText } from "../json/tool-places.ts";
import { callOf, inputOf, placeInItem, unscannableOfItem } from "./items.ts";
import { isTokenAgain, otherLogprobs } from "./spelled-again.ts";
import { answerStrings, placeInObject } from "./strings.ts";

const RUNNING: ReadonlySet<string> = new Set(["queued", "in_progress"]);

export const usageOf = (response: unknown): Usage | undefined => {
  const usage = isObject(response) ? response["usage"] : undefined;
  if (!isObject(usage)) return undefined;
  const inputTokens = countAt(usage, "input_tokens");
  const outputTokens = countAt(usage, "output_tokens");
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
};

/** How a response ended, in its own words. */
export const finishOf = (response: unknown): string =>
  stringAt(objectAt(response, "incomplete_details"), "reason") || stringAt(response, "status");

/**
 * What of an answer the provider keeps, and may be asked to go on from. Not of a response that is still being
 * written: what it will say was seen by nobody.
 */
export const keptOf = (value: JsonObject): string[] => {
  if (RUNNING.has(stringAt(value, "status"))) return [];
  const items = [...arrayAt(value, "output"), ...arrayAt(value, "data")];
  const object = stringAt(value, "object");
  return [
    ...(object === "response" || object === "conversation" ? [stringAt(value, "id")] : []),
    stringAt(objectAt(value, "conversation"), "id"),
    ...items.map((item) => stringAt(item, "id")),
  ].filter((id) => id !== "");
};

const callsOf = (items: readonly unknown[], at: string, segments: readonly LocatedSegment[]): DecodedToolCall[] =>
  items.flatMap((item, index): DecodedToolCall[] => {
    const call = callOf(item);
    if (call === undefined) return [];
    const pointer = `${at}/${index}`;
    const own = segments.filter((one) => one.pointer.startsWith(`${pointer}/`));
    const written = own.filter((one) => one.provenance === "tool-arguments");
    // A call without texts is a call: its name stands for it.
    const [first = own[0], ...others] = written;
    if (first === undefined) return [];
    const indexes = others.map((one) => one.index);
    return [{ ...call, segment: first.index, others: indexes, ...argumentsText(inputOf(item).value) }];
  });

/** Log probabilities go when the text that they spell is edited. */
const dependentsOf = (body: ScannedJson, segments: readonly LocatedSegment[]): DependentBytes[] =>
  logprobsSpans(body).map(({ pointer, start, end }) => {
    const part = pointer.slice(0, -"logprobs".length);
    const indexes = segments.filter((one) => one.pointer === `${part}text`).map(({ index }) => index);
    return { start, end, token: "[]", segments: indexes };
  });

/** A response, its items, a conversation, a count or an error: every string that is no name is a segment. */
export const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const field = value["object"] === "list" ? "data" : "output";
  const isItem = value["object"] === undefined && typeof value["type"] === "string";
  const items = isItem ? [value] : arrayAt(value, field);
  const at = isItem ? "" : `/${field}`;
  const dialect = answerStrings((steps) => (isItem ? placeInItem(value, steps) : placeInObject(value, field, steps)));
  const leaves = body.leaves.filter(
    ({ pointer, value: text }) =>
      !pointer.includes("/logprobs/") || !isTokenAgain(value, pointer, pointer.slice(1).split("/"), text),
  );
  const { segments, opaque } = readStrings({ leaves, keys: body.keys }, dialect, "response", firstIndex);
  const usage = usageOf(value);
  const finishReason = finishOf(value);
  const unscannable: UnscannablePart[] = [
    ...items.flatMap((item, index) => unscannableOfItem(item, isItem ? "" : `${at}/${index}`)),
    ...otherLogprobs(items, at).map((pointer): UnscannablePart => ({
      pointer,
      provenance: "model",
      reason: "log probabilities that say something else than the message",
    })),
  ];
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannable, opaque),
      toolCalls: isItem ? [] : callsOf(items, at, segments),
      dependents: dependentsOf(body, segments),
      model: stringAt(value, "model"),
      keeps: keptOf(value),
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === "" ? {} : { finishReason }),
    },
  };
};
