import type { ScannedJson } from "#platform";
import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import {
  NO_REQUEST,
  type Decoded,
  type DecodedRequest,
  type DecodedResponse,
  type DecodedToolCall,
  type LocatedSegment,
} from "../protocol.ts";
import { GET_CARD, GET_EXTENDED_CARD, OLD_METHOD, OPERATIONS } from "./operations.ts";
import { misfitOf, PARTS_MAX } from "./forms.ts";
import { AGENT, CALLER, CARD, readTexts } from "./strings.ts";

const refused = (code: string, message: string, pointer?: string): Decoded<never> => ({
  ok: false,
  refusal: { code, message, ...(pointer !== undefined && { pointer }) },
});

const ID_UNITS_MAX = 200;
const isId = (id: unknown): boolean =>
  (typeof id === "string" && id.length <= ID_UNITS_MAX) || (typeof id === "number" && Number.isSafeInteger(id));

/**
 * The parameters of a call as they are judged: without what only tells two sendings of the same apart, and without words
 * of the format.
 */
const argumentsOf = (params: JsonObject): string => {
  const { message, configuration, ...rest } = params;
  if (!isObject(message)) return JSON.stringify(params);
  const { messageId: _own, role: _word, ...same } = message;
  const { acceptedOutputModes: _words, ...asked } = isObject(configuration) ? configuration : {};
  return JSON.stringify({ ...rest, message: same, ...(Object.keys(asked).length > 0 && { configuration: asked }) });
};

const callOf = (name: string, params: JsonObject, segments: readonly LocatedSegment[]): DecodedToolCall => {
  const [first, ...others] = segments;
  return {
    id: stringAt(objectAt(params, "message"), "messageId"),
    name,
    segment: first?.index ?? 0,
    others: others.map(({ index }) => index),
    arguments: argumentsOf(params),
  };
};

/** Addresses that the agent is to send news to. */
const callbacksOf = (operation: string, params: JsonObject): readonly string[] => {
  const own = operation === "CreateTaskPushNotificationConfig" ? [params] : [];
  const named = [...own, objectAt(objectAt(params, "configuration"), "taskPushNotificationConfig")];
  return named.map((one) => stringAt(one, "url")).filter((url) => url !== "");
};

/** `at`: pointer of the parameters. */
const decodeOperation = (
  body: ScannedJson,
  operation: string,
  params: JsonObject,
  at: string,
): Decoded<DecodedRequest> => {
  const { act, streams, form = "any" } = OPERATIONS.get(operation) ?? {};
  const misfit = misfitOf(params, form, at);
  if (misfit !== undefined) return refused("bad_request", misfit.message, misfit.pointer);
  if (act === "SendMessage") {
    const parts = arrayAt(params["message"], "parts");
    if (parts.length === 0 || parts.length > PARTS_MAX)
      return refused("bad_request", "A message has between one part and a thousand", `${at}/message/parts`);
  }
  const texts = readTexts(body, CALLER, "response", 0);
  const callbacks = callbacksOf(operation, params);
  return {
    ok: true,
    value: {
      ...NO_REQUEST,
      ...texts,
      operation,
      stream: streams === true,
      ...(act !== undefined && { act: callOf(act, params, texts.segments) }),
      ...(callbacks.length > 0 && { callbacks }),
    },
  };
};

const RPC_KEYS: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params"]);

/** A call of the JSON-RPC binding: one, with an id, and nothing beside it. */
export const decodeRpc = (body: ScannedJson): Decoded<DecodedRequest> => {
  const { value } = body;
  if (!isObject(value) || value["jsonrpc"] !== "2.0" || Object.keys(value).some((key) => !RPC_KEYS.has(key)))
    return refused("not_rpc", "The body is not one JSON-RPC 2.0 call");
  const { id, method, params = {} } = value;
  if (!isId(id)) return refused("not_rpc", "The call has no id that is a string or a whole number");
  if (typeof method !== "string" || !isObject(params)) return refused("not_rpc", "The call has no method and params");
  const replyTo = JSON.stringify(id);
  const decoded = decodeMethod(body, method, params);
  return decoded.ok
    ? { ok: true, value: { ...decoded.value, replyTo } }
    : { ok: false, refusal: { ...decoded.refusal, replyTo } };
};

const decodeMethod = (body: ScannedJson, method: string, params: JsonObject): Decoded<DecodedRequest> => {
  if (OLD_METHOD.test(method))
    return refused("unknown_operation", "Only version 1.0 of A2A is spoken here; this method is of an older one");
  if (!OPERATIONS.has(method))
    return refused("unknown_operation", "This method is not one that is inspected, so it is denied");
  return decodeOperation(body, method, params, "/params");
};

/** A call of the HTTP binding: its path names the operation, its body is what the other binding has as params. */
export const decodeRest =
  (operation: string) =>
  (body: ScannedJson): Decoded<DecodedRequest> =>
    isObject(body.value)
      ? decodeOperation(body, operation, body.value, "")
      : refused("bad_request", "The body is not a JSON object");

const NO_CALLS = { toolCalls: [], dependents: [], model: "" } as const;

const OF_CARD: ReadonlySet<string> = new Set([GET_CARD, GET_EXTENDED_CARD]);

/** An answer of the agent, or its card: by what was asked, for an agent that chose it would keep its words out of the session. */
export const decodeAnswer =
  (operation: string) =>
  (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
    const { value } = body;
    if (!isObject(value)) return refused("bad_answer", "The answer is not a JSON object");
    const place = OF_CARD.has(operation) ? CARD : AGENT;
    // What it says goes to a model, so it is a request there.
    return { ok: true, value: { ...NO_CALLS, ...readTexts(body, place, "request", firstIndex) } };
  };

/** An answer of the JSON-RPC binding. */
export const decodeRpcAnswer = (body: ScannedJson, firstIndex: number, operation = ""): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value) || value["jsonrpc"] !== "2.0" || "result" in value === "error" in value)
    return refused("bad_answer", "The answer is not a JSON-RPC 2.0 answer");
  return decodeAnswer(operation)(body, firstIndex);
};
