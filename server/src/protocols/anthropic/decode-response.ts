import type { ScannedJson } from "#platform";
import { arrayAt, isObject, stringAt, type JsonObject } from "../json/json-access.ts";
import { readStrings, withOpaque } from "../json/read-strings.ts";
import type { Decoded, DecodedResponse, DecodedToolCall, DependentBytes, LocatedSegment } from "../protocol.ts";
import { argumentsText } from "../json/tool-places.ts";
import { isCall, unscannableBlocks } from "./blocks.ts";
import { answerStrings } from "./strings.ts";
import { usageOf } from "./usage.ts";

/** The message of an answer and where it stands: itself, or the result of a request of a batch. */
const messageOf = (value: JsonObject): readonly [JsonObject, string] => {
  const { result } = value;
  const inner = isObject(result) ? result["message"] : undefined;
  return isObject(inner) ? [inner, "/result/message"] : [value, ""];
};

const callsOf = (message: JsonObject, at: string, segments: readonly LocatedSegment[]): DecodedToolCall[] =>
  arrayAt(message, "content").flatMap((block, index): DecodedToolCall[] => {
    if (!isCall(stringAt(block, "type"))) return [];
    const pointer = `${at}/content/${index}`;
    const input = segments.filter(
      (one) => one.pointer.startsWith(`${pointer}/input/`) || one.pointer === `${pointer}/input`,
    );
    // A call without texts is a call: its name stands for it.
    const [first = segments.find((one) => one.pointer === `${pointer}/name`), ...others] = input;
    if (first === undefined) return [];
    return [
      {
        id: stringAt(block, "id"),
        name: stringAt(block, "name"),
        segment: first.index,
        others: others.map((one) => one.index),
        ...argumentsText(isObject(block) ? block["input"] : undefined),
      },
    ];
  });

/**
 * The address at which a batch's results are read leads to the provider, past this gateway. As a path, SDKs
 * read it below their base URL.
 */
const resultsHere = (body: ScannedJson): DependentBytes[] =>
  body.leaves
    .filter(({ pointer }) => /^(?:\/data\/[0-9]{1,9})?\/results_url$/.test(pointer))
    .map(({ value, start, end }) => {
      const path = URL.parse(value)?.pathname ?? value;
      return { start, end, token: JSON.stringify(path), segments: "always" };
    });

/** A message, a count, a batch, a list of models or an error: every string that is no name is a segment. */
export const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const [message, at] = messageOf(value);
  const content = message["content"];
  if (content !== undefined && !Array.isArray(content))
    return {
      ok: false,
      refusal: { code: "bad_response", message: "content is not an array", pointer: `${at}/content` },
    };
  const { segments, opaque } = readStrings(body, answerStrings(value), "response", firstIndex);
  const usage = usageOf(message);
  const finishReason = stringAt(message, "stop_reason");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannableBlocks(content ?? [], `${at}/content`, "model"), opaque),
      toolCalls: callsOf(message, at, segments),
      dependents: resultsHere(body),
      model: stringAt(message, "model"),
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === "" ? {} : { finishReason }),
    },
  };
};
