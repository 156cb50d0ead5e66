import type { Provenance } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { readStrings, type Place, type StringDialect } from "../json/read-strings.ts";
import {
  NO_REQUEST,
  type Decoded,
  type DecodedRequest,
  type DecodedResponse,
  type Protocol,
  type UnscannablePart,
} from "../protocol.ts";
import { judgedBody, guardOf } from "./guard.ts";

const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["system", "system"],
  ["developer", "developer"],
  ["user", "user"],
  ["tool", "tool-result"],
  ["function", "tool-result"],
  ["assistant", "model"],
]);
const NO_FIELDS: ReadonlySet<string> = new Set();

/** Who wrote which text: LiteLLM takes the texts out of the messages, and sends these beside. */
const authorsOf = (body: JsonObject): ReadonlyMap<string, Provenance> => {
  const authors = new Map<string, Provenance>();
  const note = (text: unknown, provenance: Provenance): void => {
    // Of two who wrote the same, the one who is trusted less.
    if (typeof text === "string" && authors.get(text) !== "tool-result" && authors.get(text) !== "user")
      authors.set(text, provenance);
  };
  for (const message of arrayAt(body, "structured_messages")) {
    const provenance = PROVENANCE_OF_ROLE.get(stringAt(message, "role")) ?? "user";
    const content = isObject(message) ? message["content"] : undefined;
    if (Array.isArray(content)) for (const part of content) note(stringAt(part, "text"), provenance);
    else note(content, provenance);
  }
  return authors;
};

/** What is judged of it; all else is LiteLLM's own, or says the same again. */
const JUDGED: ReadonlySet<string> = new Set(["texts", "tools", "tool_calls"]);

const read = (body: ScannedJson, value: JsonObject, isAnswer: boolean, firstIndex: number) => {
  const authors = authorsOf(value);
  const placeOf = ([field = "", at = "", ...inner]: readonly string[]): Place => {
    if (field === "tools") return { role: "tools", provenance: "tool-description" };
    if (field === "tool_calls" && inner.at(-1) === "arguments") return { role: field, provenance: "tool-arguments" };
    const text = arrayAt(value, "texts")[Number(at)];
    const author = isAnswer ? "model" : (authors.get(typeof text === "string" ? text : "") ?? "user");
    return { role: author === "model" ? "assistant" : author, provenance: author };
  };
  const dialect: StringDialect = {
    placeOf,
    isWord: ([field = ""], text) => field === "tool_calls" && text === "function",
    opaqueFields: NO_FIELDS,
    sealFields: NO_FIELDS,
  };
  const judged = ({ pointer }: { readonly pointer: string }): boolean => JUDGED.has(pointer.split("/")[1] ?? "");
  const strings = { leaves: body.leaves.filter(judged), keys: body.keys.filter(judged) };
  return readStrings(strings, dialect, isAnswer ? "response" : "request", firstIndex).segments;
};

const imagesOf = (body: JsonObject, provenance: Provenance): UnscannablePart[] =>
  arrayAt(body, "images").map((_, index) => ({ pointer: `/images/${index}`, provenance, reason: "image" }));

const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => {
  const { value } = body;
  const type = stringAt(value, "input_type");
  const texts = isObject(value) ? value["texts"] : undefined;
  const isReadable =
    texts === undefined || texts === null || (Array.isArray(texts) && texts.every((one) => typeof one === "string"));
  if (!isObject(value) || (type !== "request" && type !== "response") || !isReadable)
    return {
      ok: false,
      refusal: {
        code: "bad_request",
        message: "input_type must be request or response, texts an array of strings",
        pointer: "",
      },
    };
  const data = objectAt(value, "request_data");
  return {
    ok: true,
    value: {
      ...NO_REQUEST,
      // What a model said is judged as the answer that it is.
      segments: type === "request" ? read(body, value, false, 0) : [],
      unscannable: type === "request" ? imagesOf(value, "user") : [],
      model: stringAt(value, "model"),
      session: stringAt(value, "litellm_trace_id"),
      user: stringAt(data, "user_api_key_end_user_id") || stringAt(data, "user_api_key_user_id"),
      toolNames: arrayAt(value, "tools")
        .map((tool) => stringAt(objectAt(tool, "function"), "name"))
        .filter((name) => name !== ""),
    },
  };
};

const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const value = isObject(body.value) ? body.value : {};
  const isAnswer = value["input_type"] === "response";
  const segments = isAnswer ? read(body, value, true, firstIndex) : [];
  const byPointer = new Map(segments.map(({ pointer, index }) => [pointer, index]));
  const calls = arrayAt(isAnswer ? value : {}, "tool_calls").flatMap((call, at) => {
    const segment = byPointer.get(`/tool_calls/${at}/function/arguments`);
    const { name } = objectAt(call, "function");
    return segment === undefined
      ? []
      : [{ id: stringAt(call, "id"), name: typeof name === "string" ? name : "", segment }];
  });
  return {
    ok: true,
    value: {
      segments,
      unscannable: isAnswer ? imagesOf(value, "model") : [],
      toolCalls: calls,
      dependents: [],
      model: stringAt(value, "model"),
    },
  };
};

/**
 * LiteLLM's generic guardrail API: texts are asked about, and the answer says what becomes of them.
 * Source: https://docs.litellm.ai/docs/adding_provider/generic_guardrail_api
 */
export const LITELLM_GUARDRAIL: Protocol = guardOf({
  id: "litellm-guardrail",
  paths: ["/beta/litellm_basic_guardrail_api"],
  header: "x-api-key",
  decodeRequest,
  decodeResponse,
  refused: (message) => ({ action: "BLOCKED", blocked_reason: message }),
  passed: () => ({ action: "NONE" }),
  edited: (bytes) => {
    const { texts, tools, tool_calls } = judgedBody(bytes);
    return { action: "GUARDRAIL_INTERVENED", texts, tools, tool_calls };
  },
});
