import type { Provenance } from "@parapet/model";
import { escapePointer, type StringLeaf } from "#platform";
import type { UnscannablePart } from "../protocol.ts";
import { PROVENANCE_OF_ROLE, provenanceOfField } from "./provenance.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { arrayAt, isObject, stringAt, type JsonObject } from "../json/json-access.ts";
import type { PointerFacts } from "./pointer-facts.ts";

/** Bytes that say so themselves, and do not say that they are text. */
const DATA_URL =
  /^data:(?!text\/|application\/(?:json|xml|x-yaml))[\w.+/-]{0,100}(?:;[\w.+=-]{1,100}){0,4},[A-Za-z0-9+/_-]*={0,2}$/i;

/** Whether the string is encoded bytes in a field for them, not text. Base64 of text stays a segment: it can be decoded. */
export const isBinaryData = ({ isBinaryField }: PointerFacts, value: string): boolean =>
  isBinaryField && (isOpaque(value) || DATA_URL.test(value));

/** Adds the encoded bytes that stand where no part was named for them: what no detector reads is always said. */
export const withEncodedBytes = (
  parts: readonly UnscannablePart[],
  leaves: readonly StringLeaf[],
  provenance: Provenance,
): readonly UnscannablePart[] => [
  ...parts,
  ...leaves
    .filter(({ value, pointer }) => value !== "" && !parts.some((part) => pointer.startsWith(`${part.pointer}/`)))
    .map(({ pointer }) => ({ pointer, provenance, reason: "encoded bytes" })),
];

const REASON_OF_PART: ReadonlyMap<string, string> = new Map([
  ["image_url", "image"],
  ["input_audio", "audio"],
  ["file", "file"],
  ["video_url", "video"],
  ["audio_url", "audio"],
]);

/** Content of one message: what its parts hold besides text. */
const notePartsOf = (message: JsonObject, at: number, found: UnscannablePart[]): void => {
  const provenance = PROVENANCE_OF_ROLE.get(stringAt(message, "role")) ?? "user";
  const note = (below: string, reason: string): void => {
    found.push({ pointer: `/messages/${at}/${below}`, provenance, reason });
  };
  for (const [index, part] of arrayAt(message, "content").entries()) {
    if (typeof part === "string") continue;
    const type = stringAt(part, "type");
    if (!isObject(part)) note(`content/${index}`, "a part that is not text");
    else if (type !== "text" && type !== "refusal")
      note(`content/${index}`, REASON_OF_PART.get(type) ?? "a part of unknown type");
  }
  if (isObject(message["audio"])) note("audio", "audio kept by the provider");
};

const holdsNumbers = (value: unknown, depth: number): boolean =>
  Array.isArray(value)
    ? value.some((item) => typeof item === "number" || (depth < 4 && holdsNumbers(item, depth + 1)))
    : false;

/** State that the provider keeps and nobody here has seen. */
const PROVIDER_STATE = ["previous_response_id", "conversation"];

/** The parts of a request that no detector can read. */
export const unscannableOfRequest = (body: JsonObject): UnscannablePart[] => {
  const found: UnscannablePart[] = [];
  for (const [index, message] of arrayAt(body, "messages").entries())
    if (isObject(message)) notePartsOf(message, index, found);
  if (arrayAt(body, "modalities").includes("audio")) {
    found.push({ pointer: "/modalities", provenance: "user", reason: "asks for an answer as audio" });
  }
  for (const field of Object.keys(body)) {
    if (field === "messages") continue;
    const value = body[field];
    if (holdsNumbers(value, 0))
      found.push({
        pointer: `/${escapePointer(field)}`,
        provenance: provenanceOfField(field),
        reason: "numbers that may stand for tokens",
      });
    else if (PROVIDER_STATE.includes(field) && value !== null)
      found.push({ pointer: `/${escapePointer(field)}`, provenance: "user", reason: "text kept by the provider" });
  }
  return found;
};
