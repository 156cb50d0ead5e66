import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, objectAt, stepsOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { readStrings, withOpaque } from "../json/read-strings.ts";
import type { Decoded, DecodedRequest, KeptObject, LocatedSegment, Refusal, UnscannablePart } from "../protocol.ts";
import { isRole, typeOf, unscannableOfItem } from "./items.ts";
import { placeTools } from "../json/tool-places.ts";
import { toolPlacesOf } from "./tool-places.ts";
import { placeInObject, requestStrings } from "./strings.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const itemProblem = (item: unknown, pointer: string): Refusal | undefined => {
  if (!isObject(item)) return refuse("An item must be an object", pointer);
  if (typeOf(item) !== "message") return undefined;
  if (!isRole(stringAt(item, "role"))) return refuse("A message has no role that is known here", `${pointer}/role`);
  const content = item["content"];
  if (typeof content === "string" || Array.isArray(content)) return undefined;
  return refuse("The content of a message must be a string or an array of parts", `${pointer}/content`);
};

const shapeProblem = (body: JsonObject, field: "input" | "items"): Refusal | undefined => {
  const { model, stream, instructions, tools } = body;
  const items = body[field];
  if (items !== undefined && items !== null && typeof items !== "string" && !Array.isArray(items))
    return refuse(`${field} must be a string or an array of items`, `/${field}`);
  if (model !== undefined && typeof model !== "string") return refuse("model must be a string", "/model");
  if (stream !== undefined && stream !== null && typeof stream !== "boolean")
    return refuse("stream must be true or false", "/stream");
  if (instructions !== undefined && instructions !== null && typeof instructions !== "string")
    return refuse("instructions must be a string", "/instructions");
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) return refuse("tools must be an array", "/tools");
  const list = arrayAt(body, field);
  const odd = list.findIndex((item) => itemProblem(item, "") !== undefined);
  return odd === -1 ? undefined : itemProblem(list[odd], `/${field}/${odd}`);
};

/** What the provider adds of its own to what is sent. */
const keptOf = (body: JsonObject, field: "input" | "items"): KeptObject[] => {
  const conversation = body["conversation"];
  const named: readonly (readonly [string, string])[] = [
    ["/previous_response_id", stringAt(body, "previous_response_id")],
    ["/conversation", typeof conversation === "string" ? conversation : stringAt(conversation, "id")],
    ...arrayAt(body, field).flatMap((item, index): readonly (readonly [string, string])[] =>
      typeOf(item) === "item_reference" ? [[`/${field}/${index}`, stringAt(item, "id")]] : [],
    ),
  ];
  return named.filter(([, id]) => id !== "").map(([pointer, id]) => ({ id, pointer }));
};

const unscannableOf = (body: JsonObject, field: "input" | "items"): UnscannablePart[] => [
  ...arrayAt(body, field).flatMap((item, index) => unscannableOfItem(item, `/${field}/${index}`)),
  ...(isObject(body["prompt"])
    ? [{ pointer: "/prompt", provenance: "system", reason: "text kept by the provider" } as const]
    : []),
];

const SESSION_FIELDS = ["session_id", "conversation_id", "thread_id", "session"];

const sessionOf = (body: JsonObject): string => {
  const metadata = objectAt(body, "metadata");
  const named = SESSION_FIELDS.map((field) => stringAt(metadata, field)).find((value) => value !== "");
  return named ?? (stringAt(body, "conversation") || stringAt(objectAt(body, "conversation"), "id"));
};

const fingerprintOf = (body: JsonObject, segments: readonly LocatedSegment[]): string[] => {
  const items = arrayAt(body, "input");
  const firstAnswer = items.findIndex((item) => stringAt(item, "role") === "assistant" || typeOf(item) === "reasoning");
  const before = firstAnswer === -1 ? items.length : firstAnswer;
  const texts: string[] = [];
  for (const { pointer, text } of segments) {
    const [root, place, inner, , last] = stepsOf(pointer);
    const isAlone = pointer === "/instructions" || pointer === "/input";
    const isContent = root === "input" && inner === "content" && (last === undefined || last === "text");
    if (isAlone || (isContent && Number(place) < before)) texts.push(text);
  }
  return texts;
};

const decode = (body: ScannedJson, field: "input" | "items"): Decoded<DecodedRequest> => {
  const { value } = body;
  if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
  const problem = shapeProblem(value, field);
  if (problem !== undefined) return { ok: false, refusal: problem };
  const dialect = requestStrings((steps) => placeInObject(value, field, steps));
  const { segments, opaque } = readStrings(body, dialect, "request", 0);
  const places = toolPlacesOf(value, field);
  const answer = countAt(value, "max_output_tokens");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannableOf(value, field), opaque),
      model: stringAt(value, "model"),
      stream: value["stream"] === true,
      session: sessionOf(value),
      user:
        stringAt(value, "safety_identifier") ||
        stringAt(value, "user") ||
        stringAt(objectAt(value, "metadata"), "user_id"),
      fingerprint: fingerprintOf(value, segments),
      toolNames: places.definitions.map(({ name }) => name),
      ...placeTools(segments, places),
      refersTo: keptOf(value, field),
      tokensMax: answer === undefined ? 0 : Math.ceil(body.bytes.length / BYTES_PER_TOKEN) + answer,
    },
  };
};

/** A Responses request, also as it is sent for counting its tokens or compacting it. */
export const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, "input");

/** Items for a conversation that the provider keeps. */
export const decodeItems = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, "items");
