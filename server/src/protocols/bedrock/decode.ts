import type { Usage } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { readStrings, withOpaque } from "../json/read-strings.ts";
import type {
  Decoded,
  DecodedRequest,
  DecodedResponse,
  DecodedToolCall,
  LocatedSegment,
  Refusal,
} from "../protocol.ts";
import { isRole, placeInRequest, unscannableBlocks } from "./content.ts";
import { argumentsText, placeTools } from "../json/tool-places.ts";
import { toolPlacesOf } from "./tool-places.ts";
import { ANSWER_STRINGS, requestStrings } from "./strings.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const shapeProblem = ({ messages, system }: JsonObject): Refusal | undefined => {
  // Without messages the model is given a prompt that the provider keeps.
  if (!Array.isArray(messages) || messages.length === 0)
    return refuse("messages must be an array with at least one message", "/messages");
  if (system !== undefined && !Array.isArray(system)) return refuse("system must be an array", "/system");
  for (const [index, message] of messages.entries()) {
    if (!isObject(message) || !isRole(stringAt(message, "role")))
      return refuse("A message has no role that is known here", `/messages/${index}/role`);
    if (!Array.isArray(message["content"]))
      return refuse("content must be an array of blocks", `/messages/${index}/content`);
  }
  return undefined;
};

const fingerprintOf = (body: JsonObject, segments: readonly LocatedSegment[]): string[] => {
  const firstAnswer = arrayAt(body, "messages").findIndex((message) => stringAt(message, "role") === "assistant");
  const answer = firstAnswer === -1 ? undefined : `/messages/${firstAnswer}/`;
  return segments
    .filter(({ pointer }) => {
      const at = /^\/(?:system|messages\/([0-9]+)\/content)\/[0-9]+\/text$/.exec(pointer);
      return at !== null && (answer === undefined || at[1] === undefined || Number(at[1]) < firstAnswer);
    })
    .map(({ text }) => text);
};

const decode = (body: ScannedJson, stream: boolean): Decoded<DecodedRequest> => {
  const { value } = body;
  if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
  const problem = shapeProblem(value);
  if (problem !== undefined) return { ok: false, refusal: problem };
  const { segments, opaque } = readStrings(body, requestStrings(value), "request", 0);
  const unscannable = [
    ...unscannableBlocks(arrayAt(value, "system"), "/system", "system"),
    ...arrayAt(value, "messages").flatMap((message, index) => {
      const { provenance } = placeInRequest(value, ["messages", index.toString()]);
      return unscannableBlocks(arrayAt(message, "content"), `/messages/${index}/content`, provenance);
    }),
  ];
  const places = toolPlacesOf(value);
  const answer = countAt(objectAt(value, "inferenceConfig"), "maxTokens");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannable, opaque),
      model: "",
      stream,
      session: "",
      user: "",
      fingerprint: fingerprintOf(value, segments),
      toolNames: places.definitions.map(({ name }) => name),
      ...placeTools(segments, places),
      tokensMax: answer === undefined ? 0 : Math.ceil(body.bytes.length / BYTES_PER_TOKEN) + answer,
    },
  };
};

/** A Converse request; the path names the model. Refused when it cannot be said who wrote what. */
export const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, false);

export const decodeStreamRequest = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, true);

/** What was read from and written to the provider's cache is input. */
export const usageOf = (holder: unknown): Usage | undefined => {
  const usage = objectAt(holder, "usage");
  const input = countAt(usage, "inputTokens");
  const outputTokens = countAt(usage, "outputTokens");
  if (input === undefined && outputTokens === undefined) return undefined;
  const cached = (countAt(usage, "cacheReadInputTokens") ?? 0) + (countAt(usage, "cacheWriteInputTokens") ?? 0);
  return {
    ...(input === undefined ? {} : { inputTokens: input + cached }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
};

const callsOf = (body: JsonObject, segments: readonly LocatedSegment[]): DecodedToolCall[] =>
  arrayAt(objectAt(objectAt(body, "output"), "message"), "content").flatMap((block, index): DecodedToolCall[] => {
    if (!isObject(block) || !isObject(block["toolUse"])) return [];
    const call = block["toolUse"];
    const own = segments.filter(({ pointer }) => pointer.startsWith(`/output/message/content/${index}/toolUse/`));
    // A call without texts is a call: its name stands for it.
    const [first = own[0], ...others] = own.filter(({ provenance }) => provenance === "tool-arguments");
    if (first === undefined) return [];
    return [
      {
        id: stringAt(call, "toolUseId"),
        name: stringAt(call, "name"),
        segment: first.index,
        others: others.map((one) => one.index),
        ...argumentsText(call["input"]),
      },
    ];
  });

/** A message or an error: every string that is no name is a segment. */
export const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const { segments, opaque } = readStrings(body, ANSWER_STRINGS, "response", firstIndex);
  const content = arrayAt(objectAt(objectAt(value, "output"), "message"), "content");
  const usage = usageOf(value);
  const finishReason = stringAt(value, "stopReason");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannableBlocks(content, "/output/message/content", "model"), opaque),
      toolCalls: callsOf(value, segments),
      dependents: [],
      model: "",
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === "" ? {} : { finishReason }),
    },
  };
};
