import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, stepsOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { readStrings, withOpaque, type Place } from "../json/read-strings.ts";
import type { Decoded, DecodedRequest, LocatedSegment, Refusal, UnscannablePart } from "../protocol.ts";
import { isRole, placeInRequest, unscannableBlocks } from "./blocks.ts";
import { placeTools, type ToolPlaces } from "../json/tool-places.ts";
import { toolPlacesOf } from "./tool-places.ts";
import { requestStrings } from "./strings.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const isBlock = (block: unknown): boolean => isObject(block) && typeof block["type"] === "string";

const isMessage = (message: unknown): boolean => {
  if (!isObject(message) || !isRole(stringAt(message, "role"))) return false;
  const { content } = message;
  return typeof content === "string" || (Array.isArray(content) && content.every(isBlock));
};

const contentProblem = (content: unknown, pointer: string): Refusal | undefined => {
  if (typeof content === "string") return undefined;
  if (!Array.isArray(content)) return refuse("Content must be a string or an array of blocks", pointer);
  const odd = content.findIndex((block) => !isBlock(block));
  return odd === -1 ? undefined : refuse("A content block must be an object with a type", `${pointer}/${odd}`);
};

const messageProblem = (message: unknown, pointer: string): Refusal | undefined => {
  if (!isObject(message)) return refuse("A message must be an object", pointer);
  if (!isRole(stringAt(message, "role"))) return refuse("A message has no role that is known here", `${pointer}/role`);
  return contentProblem(message["content"], `${pointer}/content`);
};

const shapeProblem = (body: JsonObject, at: string): Refusal | undefined => {
  const { messages, model, stream, system, tools } = body;
  if (!Array.isArray(messages) || messages.length === 0)
    return refuse("messages must be an array with at least one message", `${at}/messages`);
  if (model !== undefined && typeof model !== "string") return refuse("model must be a string", `${at}/model`);
  if (stream !== undefined && stream !== null && typeof stream !== "boolean")
    return refuse("stream must be true or false", `${at}/stream`);
  if (tools !== undefined && tools !== null && !Array.isArray(tools))
    return refuse("tools must be an array", `${at}/tools`);
  const problem = system === undefined || system === null ? undefined : contentProblem(system, `${at}/system`);
  if (problem !== undefined) return problem;
  const odd = messages.findIndex((message) => !isMessage(message));
  return odd === -1 ? undefined : messageProblem(messages[odd], `${at}/messages/${odd}`);
};

const KEPT_BY_PROVIDER = ["container"];

const unscannableOf = (body: JsonObject, at: string): UnscannablePart[] => [
  ...unscannableBlocks(Array.isArray(body["system"]) ? body["system"] : [], `${at}/system`, "system"),
  ...arrayAt(body, "messages").flatMap((message, index) => {
    const content = isObject(message) ? message["content"] : undefined;
    if (!Array.isArray(content)) return [];
    const { provenance } = placeInRequest(body, ["messages", index.toString(), "content"]);
    return unscannableBlocks(content, `${at}/messages/${index}/content`, provenance);
  }),
  ...KEPT_BY_PROVIDER.filter((field) => body[field] !== undefined && body[field] !== null).map(
    (field): UnscannablePart => ({ pointer: `${at}/${field}`, provenance: "user", reason: "kept by the provider" }),
  ),
];

const fingerprintOf = (body: JsonObject, segments: readonly LocatedSegment[]): string[] => {
  const roles = arrayAt(body, "messages").map((message) => stringAt(message, "role"));
  const firstAnswer = roles.indexOf("assistant");
  const before = firstAnswer === -1 ? roles.length : firstAnswer;
  const texts: string[] = [];
  for (const { pointer, text } of segments) {
    const [field, place = "", inner, , last] = stepsOf(pointer);
    if (field === "system") texts.push(text);
    if (field !== "messages" || inner !== "content") continue;
    if (Number(place) >= before) continue;
    if (last === undefined || last === "text") texts.push(text);
  }
  return texts;
};

const tokensMaxOf = (body: JsonObject, bytes: number): number => {
  const answer = countAt(body, "max_tokens");
  return answer === undefined ? 0 : Math.ceil(bytes / BYTES_PER_TOKEN) + answer;
};

/** A Messages request, also as it is sent for counting tokens. Refused when it cannot be said who wrote what. */
export const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => {
  const { value } = body;
  if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
  const problem = shapeProblem(value, "");
  if (problem !== undefined) return { ok: false, refusal: problem };
  const dialect = requestStrings(
    (steps) => placeInRequest(value, steps),
    (steps) => steps,
  );
  const { segments, opaque } = readStrings(body, dialect, "request", 0);
  const places = toolPlacesOf(value, "");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannableOf(value, ""), opaque),
      model: stringAt(value, "model"),
      stream: value["stream"] === true,
      session: "",
      user: stringAt(value["metadata"], "user_id"),
      fingerprint: fingerprintOf(value, segments),
      toolNames: places.definitions.map(({ name }) => name),
      ...placeTools(segments, places),
      tokensMax: tokensMaxOf(value, body.bytes.length),
    },
  };
};

const placesOfAll = (all: readonly ToolPlaces[]): ToolPlaces => ({
  calls: all.flatMap(({ calls }) => calls),
  results: all.flatMap(({ results }) => results),
  definitions: all.flatMap(({ definitions }, at) => definitions.map((one) => ({ ...one, within: `/requests/${at}` }))),
});

/** Many Messages requests at once: each is inspected, and one that is stopped stops them all. */
export const decodeBatch = (body: ScannedJson): Decoded<DecodedRequest> => {
  const { value } = body;
  const requests = arrayAt(value, "requests");
  if (requests.length === 0)
    return { ok: false, refusal: refuse("requests must be an array with at least one request", "/requests") };
  const all = requests.map((request) =>
    isObject(request) && isObject(request["params"]) ? request["params"] : undefined,
  );
  for (const [index, params] of all.entries()) {
    const at = `/requests/${index}/params`;
    const problem = params === undefined ? refuse("A request must have params", at) : shapeProblem(params, at);
    if (problem !== undefined) return { ok: false, refusal: problem };
  }
  const inside = (steps: readonly string[]): boolean =>
    steps[0] === "requests" && steps[2] === "params" && steps.length > 3;
  const placeOf = (steps: readonly string[]): Place =>
    inside(steps)
      ? placeInRequest(all[Number(steps[1])], steps.slice(3))
      : { role: steps.at(-1) ?? "", provenance: "user" };
  const dialect = requestStrings(placeOf, (steps) => (inside(steps) ? steps.slice(3) : undefined));
  const { segments, opaque } = readStrings(body, dialect, "request", 0);
  const known = all.filter((params) => params !== undefined);
  const models = [...new Set(known.map((params) => stringAt(params, "model")))];
  const places = placesOfAll(known.map((params, index) => toolPlacesOf(params, `/requests/${index}/params`)));
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(
        known.flatMap((params, index) => unscannableOf(params, `/requests/${index}/params`)),
        opaque,
      ),
      model: models[0] ?? "",
      otherModels: models.slice(1),
      stream: false,
      session: "",
      user: "",
      fingerprint: [],
      toolNames: [...new Set(places.definitions.map(({ name }) => name))],
      ...placeTools(segments, places),
      tokensMax: known.reduce(
        (sum, params) => sum + tokensMaxOf(params, 0),
        Math.ceil(body.bytes.length / BYTES_PER_TOKEN),
      ),
    },
  };
};
