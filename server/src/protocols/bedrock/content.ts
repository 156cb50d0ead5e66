import type { Provenance } from "@parapet/model";
import { arrayAt, isObject, objectAt, stringAt } from "../json/json-access.ts";
import type { Place } from "../json/read-strings.ts";
import type { UnscannablePart } from "../protocol.ts";

const PLACE_OF_ROLE: ReadonlyMap<string, Place> = new Map([
  ["system", { role: "system", provenance: "system" }],
  ["user", { role: "user", provenance: "user" }],
  ["assistant", { role: "assistant", provenance: "model" }],
]);

export const isRole = (role: string): boolean => PLACE_OF_ROLE.has(role);

/** Fields of a request outside `messages`. All others, unknown ones included, count as the user's. */
const BY_FIELD: ReadonlyMap<string, Place> = new Map([
  ["system", { role: "system", provenance: "system" }],
  ["toolConfig", { role: "toolConfig", provenance: "tool-description" }],
  ["outputConfig", { role: "outputConfig", provenance: "developer" }],
  ["inferenceConfig", { role: "inferenceConfig", provenance: "developer" }],
]);

const BY_KIND: ReadonlyMap<string, Provenance> = new Map([
  ["toolResult", "tool-result"],
  ["document", "document"],
  ["searchResult", "document"],
  ["citation", "document"],
  ["toolAddition", "tool-description"],
]);

/** Place of what stands in a content block, by its kind and the field below. */
const placeInBlock = ([kind = "", field = ""]: readonly string[], around: Place): Place => {
  const provenance = BY_KIND.get(kind);
  if (provenance !== undefined) return { role: kind, provenance };
  if (kind === "citationsContent" && field === "citations") return { role: "citations", provenance: "document" };
  // Arguments in a message that no model wrote are whatever its author says.
  if (kind === "toolUse" && around.provenance === "model")
    return { role: kind, provenance: field === "input" ? "tool-arguments" : "model" };
  return kind === "reasoningContent" ? { role: "thinking", provenance: around.provenance } : around;
};

/** Place of a string of a request, by the steps of its pointer. */
export const placeInRequest = (request: unknown, steps: readonly string[]): Place => {
  const [field = "", index = "", inner, , ...below] = steps;
  if (field !== "messages") return BY_FIELD.get(field) ?? { role: field, provenance: "user" };
  const role = stringAt(arrayAt(request, "messages")[Number(index)], "role");
  const around = PLACE_OF_ROLE.get(role) ?? { role, provenance: "user" };
  return inner === "content" ? placeInBlock(below, around) : around;
};

const ASSISTANT: Place = { role: "assistant", provenance: "model" };

/** The same for an answer, and for an event of a stream. */
export const placeInAnswer = (steps: readonly string[]): Place => {
  const [first = "", second, third, , ...below] = steps;
  if (first === "output" && second === "message" && third === "content") return placeInBlock(below, ASSISTANT);
  if (first === "contentBlockStart" || first === "contentBlockDelta") return placeInBlock(steps.slice(2), ASSISTANT);
  return { role: first, provenance: "model" };
};

const TEXT_KINDS: ReadonlySet<string> = new Set([
  "text",
  "toolUse",
  "guardContent",
  "cachePoint",
  "reasoningContent",
  "citationsContent",
  "citation",
  "searchResult",
  "toolAddition",
  "toolRemoval",
  "json",
]);
const BYTES_KINDS: ReadonlySet<string> = new Set(["image", "video", "audio"]);

const documentReason = (source: unknown): string | undefined => {
  const [kind = "", ...others] = isObject(source) ? Object.keys(source) : [];
  if (kind === "text" && others.length === 0) return undefined;
  if (kind === "content" && others.length === 0) return undefined;
  return kind === "s3Location" ? "document at an address" : "document as bytes";
};

/** What content blocks hold besides text, also in results of tools. */
export const unscannableBlocks = (
  blocks: readonly unknown[],
  pointer: string,
  provenance: Provenance,
  isInner = false,
): UnscannablePart[] =>
  blocks.flatMap((block, index): UnscannablePart[] => {
    const at = `${pointer}/${index}`;
    if (!isObject(block)) return [{ pointer: at, provenance, reason: "a part that is not an object" }];
    return Object.keys(block).flatMap((kind): UnscannablePart[] => {
      const inner = block[kind];
      if (BYTES_KINDS.has(kind)) return [{ pointer: at, provenance, reason: kind }];
      if (kind === "guardContent" && isObject(inner) && inner["image"] !== undefined)
        return [{ pointer: at, provenance, reason: "image" }];
      if (kind === "reasoningContent" && isObject(inner) && inner["redactedContent"] !== undefined)
        return [{ pointer: at, provenance, reason: "encrypted by the provider" }];
      if (TEXT_KINDS.has(kind)) return [];
      if (kind === "toolResult" && !isInner)
        return unscannableBlocks(arrayAt(inner, "content"), `${at}/toolResult/content`, "tool-result", true);
      if (kind === "document") {
        const reason = documentReason(objectAt(block, kind)["source"]);
        // What a tool brought is the tool's, also where it is a document.
        const whose = provenance === "tool-result" ? provenance : "document";
        return reason === undefined ? [] : [{ pointer: at, provenance: whose, reason }];
      }
      return [{ pointer: at, provenance, reason: "a part of unknown type" }];
    });
  });
