import type { Usage } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { logprobsSpans } from "../json/logprobs-spans.ts";
import { readStrings, withOpaque } from "../json/read-strings.ts";
import type {
  Decoded,
  DecodedRequest,
  DecodedResponse,
  DecodedToolCall,
  Refusal,
  UnscannablePart,
} from "../protocol.ts";
import { argumentsText, placeTools } from "../json/tool-places.ts";
import { toolPlacesOf } from "./tool-places.ts";
import { ANSWER_STRINGS, isRole, requestStrings } from "./strings.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const shapeProblem = (body: JsonObject): Refusal | undefined => {
  const { messages, model, stream } = body;
  if (model !== undefined && typeof model !== "string") return refuse("model must be a string", "/model");
  if (stream !== undefined && stream !== null && typeof stream !== "boolean")
    return refuse("stream must be true or false", "/stream");
  if (messages === undefined || messages === null) return undefined;
  if (!Array.isArray(messages)) return refuse("messages must be an array", "/messages");
  const odd = messages.findIndex((message) => !isObject(message) || !isRole(stringAt(message, "role")));
  return odd === -1 ? undefined : refuse("A message has no role that is known here", `/messages/${odd}/role`);
};

const unscannableOf = (body: JsonObject): UnscannablePart[] => {
  const pictures = (holder: unknown, pointer: string): UnscannablePart[] =>
    arrayAt(holder, "images").map((_, index) => ({
      pointer: `${pointer}/images/${index}`,
      provenance: "user",
      reason: "image",
    }));
  return [
    ...pictures(body, ""),
    ...arrayAt(body, "messages").flatMap((message, index) => pictures(message, `/messages/${index}`)),
    ...(arrayAt(body, "context").length > 0
      ? [{ pointer: "/context", provenance: "user", reason: "numbers that stand for tokens" } as const]
      : []),
  ];
};

const fingerprintOf = (body: JsonObject): string[] => {
  const messages = arrayAt(body, "messages");
  const firstAnswer = messages.findIndex((message) => stringAt(message, "role") === "assistant");
  return messages.slice(0, firstAnswer === -1 ? undefined : firstAnswer).map((message) => stringAt(message, "content"));
};

const decode = (body: ScannedJson, streamsUnlessTold: boolean): Decoded<DecodedRequest> => {
  const { value } = body;
  if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
  const problem = shapeProblem(value);
  if (problem !== undefined) return { ok: false, refusal: problem };
  const { segments, opaque } = readStrings(body, requestStrings(value), "request", 0);
  const places = toolPlacesOf(value);
  const answer = countAt(objectAt(value, "options"), "num_predict");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannableOf(value), opaque),
      model: stringAt(value, "model"),
      stream: streamsUnlessTold && value["stream"] !== false,
      session: "",
      user: "",
      fingerprint: fingerprintOf(value),
      toolNames: places.definitions.map(({ name }) => name),
      ...placeTools(segments, places),
      tokensMax: answer === undefined ? 0 : Math.ceil(body.bytes.length / BYTES_PER_TOKEN) + answer,
    },
  };
};

/** A request for words, which come as a stream unless it says otherwise. */
export const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, true);

/** A request for vectors, or for what a model is. */
export const decodeQuiet = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, false);

export const usageOf = (body: JsonObject): Usage | undefined => {
  const inputTokens = countAt(body, "prompt_eval_count");
  const outputTokens = countAt(body, "eval_count");
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
};

/** A message, a text, vectors, a list of models or an error: every string that is no name is a segment. */
export const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const { segments, opaque } = readStrings(body, ANSWER_STRINGS, "response", firstIndex);
  const calls = arrayAt(objectAt(value, "message"), "tool_calls").flatMap((call, index): DecodedToolCall[] => {
    const own = segments.filter(({ pointer }) => pointer.startsWith(`/message/tool_calls/${index}/`));
    const [first = own[0], ...others] = own.filter(({ provenance }) => provenance === "tool-arguments");
    if (first === undefined) return [];
    const inner = objectAt(call, "function");
    const indexes = others.map((one) => one.index);
    const written = argumentsText(inner["arguments"]);
    return [{ id: "", name: stringAt(inner, "name"), segment: first.index, others: indexes, ...written }];
  });
  const usage = usageOf(value);
  const finishReason = stringAt(value, "done_reason");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque([], opaque),
      toolCalls: calls,
      dependents: logprobsSpans(body).map(({ start, end }) => ({
        start,
        end,
        token: "[]",
        segments: segments.filter(({ pointer }) => !pointer.startsWith("/logprobs/")).map(({ index }) => index),
      })),
      model: stringAt(value, "model"),
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === "" ? {} : { finishReason }),
    },
  };
};
