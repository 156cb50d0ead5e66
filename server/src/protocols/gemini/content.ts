import type { Provenance } from "@parapet/model";
import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { memberAt, type Place } from "../json/read-strings.ts";
import type { UnscannablePart } from "../protocol.ts";

/** Google reads `inline_data` and `inlineData` alike, and so must whoever inspects them. */
export const camel = (name: string): string =>
  name.includes("_") ? name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;

/** The second spelling of each name that has one and is looked up here. */
const SECOND_SPELLING = {
  cachedContent: "cached_content",
  fileData: "file_data",
  functionDeclarations: "function_declarations",
  functionResponse: "function_response",
  generateContentRequest: "generate_content_request",
  generationConfig: "generation_config",
  inlineData: "inline_data",
  mimeType: "mime_type",
  systemInstruction: "system_instruction",
} as const;

/** A member under either of its spellings. */
export const eitherAt = (value: unknown, name: keyof typeof SECOND_SPELLING): unknown =>
  isObject(value) ? (value[name] ?? value[SECOND_SPELLING[name]]) : undefined;

const PLACE_OF_ROLE: ReadonlyMap<string, Place> = new Map([
  ["", { role: "user", provenance: "user" }],
  ["user", { role: "user", provenance: "user" }],
  ["model", { role: "model", provenance: "model" }],
  ["function", { role: "function", provenance: "tool-result" }],
  ["tool", { role: "tool", provenance: "tool-result" }],
]);

export const isRole = (role: unknown): boolean =>
  role === undefined || role === null || (typeof role === "string" && PLACE_OF_ROLE.has(role));

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

/** Place of a string in a content, by the steps below it, which begin at `from`. */
const placeInContent = (steps: readonly string[], from: number, around: Place): Place =>
  steps[from] === "parts" ? placeInPart(camel(steps[from + 2] ?? ""), camel(steps[from + 3] ?? ""), around) : around;

/** Place of a string of a request, also of one that stands in another, by the steps of its pointer, which begin at `from`. */
export const placeInRequest = (request: unknown, steps: readonly string[], from = 0): Place => {
  const first = steps[from] ?? "";
  const second = steps[from + 1] ?? "";
  const field = camel(first);
  if (field === "generateContentRequest" && isObject(request)) return placeInRequest(request[first], steps, from + 1);
  if (field === "requests") return placeInRequest(memberAt(memberAt(request, first), second), steps, from + 2);
  const isOne = field === "content";
  if (!isOne && field !== "contents") return BY_FIELD.get(field) ?? { role: field, provenance: "user" };
  const contents = memberAt(request, first);
  const content = isOne || !Array.isArray(contents) ? contents : contents[Number(second)];
  const role = stringAt(content, "role");
  const around: Place = PLACE_OF_ROLE.get(role) ?? { role, provenance: "user" };
  return placeInContent(steps, from + (content === contents ? 1 : 2), around);
};

const ASSISTANT: Place = { role: "assistant", provenance: "model" };
const QUOTED: ReadonlySet<string> = new Set(["groundingMetadata", "citationMetadata", "urlContextMetadata"]);

/** The same for an answer. */
export const placeInAnswer = (steps: readonly string[]): Place => {
  const [first = "", , field = ""] = steps;
  if (first !== "candidates") return { role: first, provenance: "model" };
  if (QUOTED.has(field)) return { role: field, provenance: "document" };
  if (field !== "content") return { role: field || first, provenance: "model" };
  return placeInContent(steps, 3, ASSISTANT);
};

/** Members of a part that hold texts and nothing else, or say something about those that do. */
const TEXT_FIELDS: ReadonlySet<string> = new Set([
  "text",
  "functionCall",
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
  const isKnown =
    found.length > 0 || isText || names.some((name) => TEXT_FIELDS.has(name) || name === "functionResponse");
  if (!isKnown && !names.includes("thoughtSignature") && names.length > 0)
    found.push({ pointer, provenance, reason: "a part of unknown type" });
  return found;
};

/** Most parts are a text and nothing else. */
const NOTHING: readonly UnscannablePart[] = [];
const isOnlyText = (part: unknown): boolean =>
  isObject(part) && Object.keys(part).every((name) => TEXT_FIELDS.has(name));

/** What the parts of a content hold besides text. */
export const unscannableParts = (
  content: unknown,
  pointer: string,
  provenance: Provenance,
): readonly UnscannablePart[] =>
  arrayAt(content, "parts").flatMap((part, index) =>
    isOnlyText(part) ? NOTHING : unscannablePart(part, `${pointer}/parts/${index}`, provenance),
  );

/** A request with its place in the body, and its contents with theirs: a list, or one. */
export interface PlacedRequest {
  readonly request: JsonObject;
  readonly at: string;
  readonly contents: readonly (readonly [unknown, string])[];
}

export const placedRequest = (request: JsonObject, at: string): PlacedRequest => {
  const { contents, content } = request;
  const placed: (readonly [unknown, string])[] = Array.isArray(contents)
    ? contents.map((one: unknown, index) => [one, `${at}/contents/${index}`] as const)
    : [];
  if (contents !== undefined && !Array.isArray(contents)) placed.push([contents, `${at}/contents`]);
  if (content !== undefined) placed.push([content, `${at}/content`]);
  return { request, at, contents: placed };
};

export const provenanceOf = (content: unknown): Provenance =>
  PLACE_OF_ROLE.get(stringAt(content, "role"))?.provenance ?? "user";

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
