import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, stringAt, type JsonObject } from "../json/json-access.ts";
import { readStrings, withOpaque } from "../json/read-strings.ts";
import type { Decoded, DecodedRequest, KeptObject, LocatedSegment, Refusal, UnscannablePart } from "../protocol.ts";
import { eitherAt, isRole, placedRequest, provenanceOf, unscannableParts, type PlacedRequest } from "./content.ts";
import { placeTools } from "../json/tool-places.ts";
import { toolPlacesOf } from "./tool-places.ts";
import { requestStrings } from "./strings.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const contentProblem = (content: unknown, pointer: string): Refusal | undefined => {
  if (!isObject(content)) return refuse("A content must be an object", pointer);
  if (!isRole(content["role"])) return refuse("A content has no role that is known here", `${pointer}/role`);
  const { parts } = content;
  if (parts !== undefined && !Array.isArray(parts)) return refuse("parts must be an array", `${pointer}/parts`);
  return undefined;
};

/** The request and those inside it. */
const requestsIn = (body: JsonObject): readonly PlacedRequest[] => {
  const inner = eitherAt(body, "generateContentRequest");
  const found = [placedRequest(body, "")];
  if (isObject(inner)) found.push(placedRequest(inner, "/generateContentRequest"));
  for (const [index, one] of arrayAt(body, "requests").entries())
    if (isObject(one)) found.push(placedRequest(one, `/requests/${index}`));
  return found;
};

const shapeProblem = (placed: readonly PlacedRequest[]): Refusal | undefined => {
  for (const { request, at, contents } of placed) {
    const { requests, model } = request;
    if (requests !== undefined && (at !== "" || !Array.isArray(requests) || !requests.every(isObject)))
      return refuse("requests must be an array of objects", `${at}/requests`);
    if (model !== undefined && typeof model !== "string") return refuse("model must be a string", `${at}/model`);
    for (const [content, pointer] of contents) {
      const problem = contentProblem(content, pointer);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
};

const unscannableOf = ({ request, at, contents }: PlacedRequest): readonly UnscannablePart[] => [
  ...unscannableParts(eitherAt(request, "systemInstruction"), `${at}/systemInstruction`, "system"),
  ...contents.flatMap(([content, pointer]) => unscannableParts(content, pointer, provenanceOf(content))),
];

const fingerprintOf = (body: JsonObject, segments: readonly LocatedSegment[]): string[] => {
  const firstAnswer = arrayAt(body, "contents").findIndex((content) => stringAt(content, "role") === "model");
  const answer = firstAnswer === -1 ? undefined : `/contents/${firstAnswer}/`;
  const texts: string[] = [];
  for (const { pointer, text } of segments) {
    if (answer !== undefined && pointer.startsWith(answer)) break;
    if (/^\/(?:contents\/[0-9]+|system_?[iI]nstruction)\/parts\/[0-9]+\/text$/.test(pointer)) texts.push(text);
  }
  return texts;
};

/** What a provider keeps is gone on from when it was made here. */
const keptIn = ({ request, at }: PlacedRequest): readonly KeptObject[] => {
  const id = eitherAt(request, "cachedContent");
  return typeof id === "string" && id !== "" ? [{ id, pointer: `${at}/cachedContent` }] : [];
};

const modelOf = (name: string): string => name.replace(/^models\//, "");

const decode = (body: ScannedJson, stream: boolean): Decoded<DecodedRequest> => {
  const { value } = body;
  if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
  const requests = requestsIn(value);
  const problem = shapeProblem(requests);
  if (problem !== undefined) return { ok: false, refusal: problem };
  const { segments, opaque } = readStrings(body, requestStrings(value), "request", 0);
  const places = toolPlacesOf(requests);
  const models = [...new Set(requests.map(({ request }) => modelOf(stringAt(request, "model"))).filter(Boolean))];
  const answer = countAt(eitherAt(value, "generationConfig"), "maxOutputTokens");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(requests.flatMap(unscannableOf), opaque),
      model: models[0] ?? "",
      otherModels: models.slice(1),
      stream,
      session: "",
      user: "",
      fingerprint: fingerprintOf(value, segments),
      toolNames: places.definitions.map(({ name }) => name),
      ...placeTools(segments, places),
      refersTo: requests.flatMap(keptIn),
      tokensMax: answer === undefined ? 0 : Math.ceil(body.bytes.length / BYTES_PER_TOKEN) + answer,
    },
  };
};

/** A request for words, vectors, a count or something to keep. Refused when it cannot be said who wrote what. */
export const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, false);

/** The same whose path asks for a stream. */
export const decodeStreamRequest = (body: ScannedJson): Decoded<DecodedRequest> => decode(body, true);
