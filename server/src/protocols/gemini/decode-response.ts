import type { Usage } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { logprobsSpans } from "../json/logprobs-spans.ts";
import { readStrings, withOpaque } from "../json/read-strings.ts";
import type { Decoded, DecodedResponse, DecodedToolCall, LocatedSegment } from "../protocol.ts";
import { argumentsText } from "../json/tool-places.ts";
import { callIn, unscannableParts } from "./content.ts";
import { ANSWER_STRINGS } from "./strings.ts";

/** Where a provider spells its texts out once more. */
export const LOGPROBS = "logprobsResult";

/** Thoughts and what tools read are counted apart; here all that was written is output, all that was read input. */
export const usageOf = (body: JsonObject): Usage | undefined => {
  const usage = objectAt(body, "usageMetadata");
  const input = countAt(usage, "promptTokenCount");
  const output = countAt(usage, "candidatesTokenCount");
  if (input === undefined && output === undefined) return undefined;
  return {
    ...(input === undefined ? {} : { inputTokens: input + (countAt(usage, "toolUsePromptTokenCount") ?? 0) }),
    ...(output === undefined ? {} : { outputTokens: output + (countAt(usage, "thoughtsTokenCount") ?? 0) }),
  };
};

/** Why the answer ended: its candidates' reasons, or why there are none. */
export const finishReasonOf = (body: JsonObject): string =>
  arrayAt(body, "candidates")
    .map((candidate) => stringAt(candidate, "finishReason"))
    .find((reason) => reason !== "") ?? stringAt(objectAt(body, "promptFeedback"), "blockReason");

const callsOf = (body: JsonObject, segments: readonly LocatedSegment[]): DecodedToolCall[] =>
  arrayAt(body, "candidates").flatMap((candidate, at) =>
    arrayAt(objectAt(candidate, "content"), "parts").flatMap((part, index): DecodedToolCall[] => {
      const call = callIn(part);
      if (call === undefined) return [];
      const pointer = `/candidates/${at}/content/parts/${index}/${call.field}/`;
      const own = segments.filter((one) => one.pointer.startsWith(pointer));
      // A call without texts is a call: its name stands for it.
      const [first = own[0], ...others] = own.filter(({ provenance }) => provenance === "tool-arguments");
      if (first === undefined) return [];
      const indexes = others.map((one) => one.index);
      return [{ id: call.id, name: call.name, segment: first.index, others: indexes, ...argumentsText(call.input) }];
    }),
  );

/** Candidates, counts, vectors, models, what is kept, or an error: every string that is no name is a segment. */
export const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const { segments, opaque } = readStrings(body, ANSWER_STRINGS, "response", firstIndex);
  const parts = arrayAt(value, "candidates").flatMap((candidate, at) =>
    unscannableParts(objectAt(candidate, "content"), `/candidates/${at}/content`, "model"),
  );
  const usage = usageOf(value);
  const finishReason = finishReasonOf(value);
  const kept = stringAt(value, "name");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(parts, opaque),
      toolCalls: callsOf(value, segments),
      dependents: logprobsSpans(body, LOGPROBS).map(({ start, end }) => ({
        start,
        end,
        token: "{}",
        segments: segments.filter(({ pointer }) => !pointer.includes(`/${LOGPROBS}/`)).map(({ index }) => index),
      })),
      model: stringAt(value, "modelVersion"),
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === "" ? {} : { finishReason }),
      ...(kept.startsWith("cachedContents/") ? { keeps: [kept] } : {}),
    },
  };
};
