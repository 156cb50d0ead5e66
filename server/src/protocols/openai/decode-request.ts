import type { Provenance } from "@parapet/model";
import type { ScannedJson, StringLeaf } from "#platform";
import type { Decoded, DecodedRequest, LocatedSegment, Refusal } from "../protocol.ts";
import { isModelName } from "../json/plain-names.ts";
import { isClosedRequestValue } from "./closed-values.ts";
import { arrayAt, countAt, isObject, stringAt, type JsonObject } from "../json/json-access.ts";
import { placeTools } from "../json/tool-places.ts";
import { factsOf } from "./pointer-facts.ts";
import { PROVENANCE_OF_ROLE, provenanceOfField } from "./provenance.ts";
import { toolPlacesOf } from "./tool-places.ts";
import { isBinaryData, unscannableOfRequest, withEncodedBytes } from "./unscannable-parts.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const messageProblem = (message: unknown, index: number): Refusal | undefined => {
  const refuseAt = (what: string, below: string): Refusal => refuse(what, `/messages/${index}${below}`);
  if (!isObject(message)) return refuseAt("A message must be an object", "");
  const role = message["role"];
  if (typeof role !== "string" || !PROVENANCE_OF_ROLE.has(role))
    return refuseAt("A message has no role that is known here", "/role");
  const content = message["content"];
  if (content !== undefined && content !== null && typeof content !== "string" && !Array.isArray(content)) {
    return refuseAt("The content of a message must be a string or an array of parts", "/content");
  }
  const calls = message["tool_calls"];
  if (calls !== undefined && calls !== null && !Array.isArray(calls))
    return refuseAt("tool_calls must be an array", "/tool_calls");
  return undefined;
};

const shapeProblem = (body: JsonObject): Refusal | undefined => {
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0)
    return refuse("messages must be an array with at least one message", "/messages");
  for (let index = 0; index < messages.length; index += 1) {
    const problem = messageProblem(messages[index], index);
    if (problem !== undefined) return problem;
  }
  const { model, stream, tools } = body;
  if (model !== undefined && typeof model !== "string") return refuse("model must be a string", "/model");
  if (stream !== undefined && stream !== null && typeof stream !== "boolean")
    return refuse("stream must be true or false", "/stream");
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) return refuse("tools must be an array", "/tools");
  return undefined;
};

interface Place {
  readonly role: string;
  readonly provenance: Provenance;
}

/** Fields of a message whose text is not of the message's own kind. */
const placeInMessage = (role: string, steps: readonly string[]): Place => {
  const provenance = PROVENANCE_OF_ROLE.get(role) ?? "user";
  const field = steps[2] ?? role;
  if (field === "content") return { role, provenance };
  if (field === "tool_calls" || field === "function_call") {
    const last = steps.at(-1);
    return last === "arguments" || last === "input"
      ? { role: field, provenance: "tool-arguments" }
      : { role: field, provenance };
  }
  return { role: field, provenance };
};

const placeOf = (roles: readonly string[], steps: readonly string[]): Place => {
  const field = steps[0] ?? "";
  if (field === "messages") return placeInMessage(roles[Number(steps[1])] ?? "user", steps);
  return { role: field, provenance: provenanceOfField(field) };
};

interface Strings {
  readonly segments: LocatedSegment[];
  readonly encoded: StringLeaf[];
}

/** Every string of the body but the protocol's own words; encoded bytes apart. */
const stringsOf = (body: ScannedJson, roles: readonly string[]): Strings => {
  const segments: LocatedSegment[] = [];
  const encoded: StringLeaf[] = [];
  const add = ({ pointer, value, start, end }: StringLeaf, { role, provenance }: Place): void => {
    segments.push({
      index: segments.length,
      direction: "request",
      pointer,
      role,
      provenance,
      text: value,
      byteStart: start,
      byteEnd: end,
    });
  };
  for (const leaf of body.leaves) {
    const facts = factsOf(leaf.pointer);
    const { steps, message } = facts;
    if (message !== -1) {
      const role = roles[message] ?? "user";
      if (facts.field === "content") add(leaf, { role, provenance: PROVENANCE_OF_ROLE.get(role) ?? "user" });
      continue;
    }
    if (leaf.pointer === "/model" && isModelName(leaf.value)) continue;
    if (isClosedRequestValue(facts.pattern, leaf.value)) continue;
    if (steps[0] === "messages" && isBinaryData(facts, leaf.value)) encoded.push(leaf);
    else add(leaf, placeOf(roles, steps));
  }
  for (const key of body.keys) add(key, placeOf(roles, factsOf(key.pointer).steps));
  return { segments, encoded };
};

/** Names under which applications keep their session in `metadata`. */
const SESSION_FIELDS = ["session_id", "conversation_id", "thread_id", "session"];

const sessionOf = (body: JsonObject): string => {
  const { metadata, conversation } = body;
  for (const field of metadata === undefined ? [] : SESSION_FIELDS) {
    const named = stringAt(metadata, field);
    if (named !== "") return named;
  }
  return typeof conversation === "string" ? conversation : stringAt(conversation, "id");
};

const userOf = (body: JsonObject): string =>
  stringAt(body, "safety_identifier") || stringAt(body, "user") || stringAt(body["metadata"], "user_id");

const fingerprintOf = (segments: readonly LocatedSegment[], roles: readonly string[]): string[] => {
  const firstAnswer = roles.indexOf("assistant");
  const before = firstAnswer === -1 ? roles.length : firstAnswer;
  const texts: string[] = [];
  for (const { pointer, text } of segments) {
    const { steps } = factsOf(pointer);
    if (steps[0] !== "messages" || steps.length < 3) continue;
    if (Number(steps[1]) >= before) break;
    if (steps[2] === "content") texts.push(text);
  }
  return texts;
};

const tokensMaxOf = (body: JsonObject, bytes: number): number => {
  const answer = countAt(body, "max_completion_tokens") ?? countAt(body, "max_tokens");
  return answer === undefined ? 0 : Math.ceil(bytes / BYTES_PER_TOKEN) + answer * Math.max(1, countAt(body, "n") ?? 1);
};

/** A Chat Completions request. Refused when it cannot be said which role wrote what. */
export const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => {
  const { value } = body;
  if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
  const problem = shapeProblem(value);
  if (problem !== undefined) return { ok: false, refusal: problem };
  const roles = arrayAt(value, "messages").map((message) => stringAt(message, "role"));
  const { segments, encoded } = stringsOf(body, roles);
  const places = toolPlacesOf(value, roles);
  return {
    ok: true,
    value: {
      segments,
      unscannable: withEncodedBytes(unscannableOfRequest(value), encoded, "user"),
      model: stringAt(value, "model"),
      stream: value["stream"] === true,
      session: sessionOf(value),
      user: userOf(value),
      fingerprint: fingerprintOf(segments, roles),
      toolNames: places.definitions.map(({ name }) => name),
      ...placeTools(segments, places),
      tokensMax: tokensMaxOf(value, body.bytes.length),
    },
  };
};
