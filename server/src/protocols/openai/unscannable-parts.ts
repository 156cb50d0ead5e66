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
): UnscannablePart[] => [
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
const partsOfMessage = (message: JsonObject, pointer: string): UnscannablePart[] => {
  const provenance = PROVENANCE_OF_ROLE.get(stringAt(message, "role")) ?? "user";
  const found: UnscannablePart[] = [];
  arrayAt(message, "content").forEach((part, index) => {
    const at = `${pointer}/content/${index}`;
    if (typeof part === "string") return;
    if (!isObject(part)) return found.push({ pointer: at, provenance, reason: "a part that is not text" });
    const type = stringAt(part, "type");
    const reason =
      REASON_OF_PART.get(type) ?? (type === "text" || type === "refusal" ? undefined : "a part of unknown type");
    if (reason !== undefined) found.push({ pointer: at, provenance, reason });
  });
  if (isObject(message["audio"]))
    found.push({ pointer: `${pointer}/audio`, provenance, reason: "audio kept by the provider" });
  return found;
};

const holdsNumbers = (value: unknown, depth: number): boolean =>
  Array.isArray(value)
    ? value.some((item) => typeof item === "number" || (depth < 4 && holdsNumbers(item, depth + 1)))
    : false;

/** State that the provider keeps and nobody here has seen. */
const PROVIDER_STATE = ["previous_response_id", "conversation"];

/** The parts of a request that no detector can read. */
export const unscannableOfRequest = (body: JsonObject): UnscannablePart[] => {
  const found = arrayAt(body, "messages").flatMap((message, index) =>
    isObject(message) ? partsOfMessage(message, `/messages/${index}`) : [],
  );
  if (arrayAt(body, "modalities").includes("audio")) {
    found.push({ pointer: "/modalities", provenance: "user", reason: "asks for an answer as audio" });
  }
  for (const [field, value] of Object.entries(body)) {
    if (field === "messages") continue;
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
