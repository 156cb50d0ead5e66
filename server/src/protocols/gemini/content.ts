import type { Provenance } from "@parapet/model";
import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { memberAt, type Place } from "../json/read-strings.ts";
import type { UnscannablePart } from "../protocol.ts";

/** Google reads `inline_data` and `inlineData` alike, and so must whoever inspects them. */
export const camel = (name: string): string =>
  name.includes("_") ? name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;

/** A member under either of its spellings. */
export const eitherAt = (value: unknown, name: string): unknown => {
  if (!isObject(value)) return undefined;
  return value[name] ?? value[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
};

const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["", "user"],
  ["user", "user"],
  ["model", "model"],
  ["function", "tool-result"],
  ["tool", "tool-result"],
]);

export const isRole = (role: unknown): boolean =>
  role === undefined || role === null || (typeof role === "string" && PROVENANCE_OF_ROLE.has(role));

const BY_FIELD: ReadonlyMap<string, Place> = new Map([
  ["systemInstruction", { role: "system", provenance: "system" }],
  ["tools", { role: "tools", provenance: "tool-description" }],
  ["toolConfig", { role: "toolConfig", provenance: "developer" }],
  ["generationConfig", { role: "generationConfig", provenance: "developer" }],
  ["title", { role: "title", provenance: "document" }],
]);

/** What stands in a part of a content, by its field and the one below. */
const placeInPart = (field: string, below: string, around: Place): Place => {
  const isModel = around.provenance === "model";
  if (field === "functionResponse" || field === "toolResponse" || field === "codeExecutionResult")
    return { role: field, provenance: "tool-result" };
  if (field === "functionCall" || field === "toolCall")
    return isModel && (below === "args" || below === "partialArgs")
      ? { role: field, provenance: "tool-arguments" }
      : { role: field, provenance: around.provenance };
  if (field === "executableCode" && below === "code" && isModel) return { role: field, provenance: "tool-arguments" };
  if (field === "inlineData" || field === "fileData")
    return { role: field, provenance: isModel ? "model" : "document" };
  return around;
};

/** Place of a string in a content, by the steps below it. */
const placeInContent = (steps: readonly string[], around: Place): Place =>
  steps[0] === "parts" ? placeInPart(camel(steps[2] ?? ""), camel(steps[3] ?? ""), around) : around;

/** Place of a string of a request, also of one that stands in another, by the steps of its pointer. */
export const placeInRequest = (request: unknown, steps: readonly string[]): Place => {
  const [first = "", second = "", ...inner] = steps;
  const field = camel(first);
  if (field === "generateContentRequest" && isObject(request)) return placeInRequest(request[first], steps.slice(1));
  if (field === "requests") return placeInRequest(memberAt(memberAt(request, first), second), inner);
  const isOne = field === "content";
  if (!isOne && field !== "contents") return BY_FIELD.get(field) ?? { role: field, provenance: "user" };
  const contents = memberAt(request, first);
  const content = isOne || !Array.isArray(contents) ? contents : contents[Number(second)];
  const role = stringAt(content, "role");
  const around: Place = { role: role || "user", provenance: PROVENANCE_OF_ROLE.get(role) ?? "user" };
  return placeInContent(isOne || !Array.isArray(contents) ? steps.slice(1) : inner, around);
};

const QUOTED: ReadonlySet<string> = new Set(["groundingMetadata", "citationMetadata", "urlContextMetadata"]);

/** The same for an answer. */
export const placeInAnswer = (steps: readonly string[]): Place => {
  const [first = "", , field = "", ...inner] = steps;
  if (first !== "candidates") return { role: first, provenance: "model" };
  if (QUOTED.has(field)) return { role: field, provenance: "document" };
  if (field !== "content") return { role: field || first, provenance: "model" };
  return placeInContent(inner, { role: "assistant", provenance: "model" });
};

/** Members of a part that hold texts, or say something about those that do. */
const TEXT_FIELDS: ReadonlySet<string> = new Set([
  "text",
  "functionCall",
  "functionResponse",
  "toolCall",
  "toolResponse",
  "executableCode",
  "codeExecutionResult",
  "audioTranscription",
]);

const kindOf = (mimeType: string): string =>
  /^(?:image|audio|video)\//.exec(mimeType)?.[0].slice(0, -1) ?? "document as bytes";

const unscannablePart = (part: unknown, pointer: string, provenance: Provenance): readonly UnscannablePart[] => {
  if (!isObject(part)) return [{ pointer, provenance, reason: "a part that is not an object" }];
  const names = Object.keys(part).map(camel);
  const inline = eitherAt(part, "inlineData");
  // Texts in base64 are inspected as they stand.
  const mimeType = eitherAt(inline, "mimeType");
  const isText = typeof mimeType === "string" && mimeType.startsWith("text/");
  const found: UnscannablePart[] = [];
  if (inline !== undefined && !isText)
    found.push({ pointer, provenance, reason: kindOf(typeof mimeType === "string" ? mimeType : "") });
  if (eitherAt(part, "fileData") !== undefined)
    found.push({ pointer, provenance, reason: "a file at an address or kept by the provider" });
  const result = eitherAt(part, "functionResponse");
  found.push(
    ...arrayAt(result, "parts").flatMap((one, index) =>
      unscannablePart(one, `${pointer}/functionResponse/parts/${index}`, "tool-result"),
    ),
  );
  const isKnown = found.length > 0 || isText || names.some((name) => TEXT_FIELDS.has(name));
  if (!isKnown && !names.includes("thoughtSignature") && names.length > 0)
    found.push({ pointer, provenance, reason: "a part of unknown type" });
  return found;
};

/** What the parts of a content hold besides text. */
export const unscannableParts = (
  content: unknown,
  pointer: string,
  provenance: Provenance,
): readonly UnscannablePart[] =>
  arrayAt(content, "parts").flatMap((part, index) => unscannablePart(part, `${pointer}/parts/${index}`, provenance));

/** Contents of a request with their pointers: a list, or one. */
export const contentsOf = (request: JsonObject): readonly (readonly [unknown, string])[] => {
  const { contents, content } = request;
  return [
    ...(Array.isArray(contents)
      ? contents.map((one: unknown, index) => [one, `/contents/${index}`] as const)
      : contents === undefined
        ? []
        : [[contents, "/contents"] as const]),
    ...(content === undefined ? [] : [[content, "/content"] as const]),
  ];
};

export const provenanceOf = (content: unknown): Provenance =>
  PROVENANCE_OF_ROLE.get(stringAt(content, "role")) ?? "user";

/** A call in a part: what it is called with stands in `at`, below the part. */
export const callIn = (
  part: unknown,
): { readonly id: string; readonly name: string; readonly field: string; readonly input: unknown } | undefined => {
  if (!isObject(part)) return undefined;
  for (const field of ["functionCall", "toolCall", "executableCode"]) {
    const call = objectAt(part, field);
    if (part[field] === undefined || part[field] === null) continue;
    const name = stringAt(call, "name") || stringAt(call, "toolType") || field;
    return { id: stringAt(call, "id"), name, field, input: call["args"] ?? call["code"] };
  }
  return undefined;
};
