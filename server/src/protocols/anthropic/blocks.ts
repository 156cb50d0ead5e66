import type { Provenance } from "@parapet/model";
import { arrayAt, isObject, objectAt, stringAt } from "../json/json-access.ts";
import { memberAt, type Place } from "../json/read-strings.ts";
import type { UnscannablePart } from "../protocol.ts";

/** The roles of messages and who could have written their text. */
const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["system", "system"],
  ["user", "user"],
  ["assistant", "model"],
]);

const PLACE_OF_ROLE: ReadonlyMap<string, Place> = new Map(
  [...PROVENANCE_OF_ROLE].map(([role, provenance]) => [role, { role, provenance }]),
);

export const isRole = (role: string): boolean => PROVENANCE_OF_ROLE.has(role);

/** Fields of a request outside `messages`. All others, unknown ones included, count as the user's. */
const BY_FIELD: ReadonlyMap<string, Place> = new Map([
  ["system", { role: "system", provenance: "system" }],
  ["tools", { role: "tools", provenance: "tool-description" }],
  ["mcp_servers", { role: "mcp_servers", provenance: "tool-description" }],
  ["output_config", { role: "output_config", provenance: "developer" }],
]);

const CALLS: ReadonlySet<string> = new Set(["tool_use", "server_tool_use", "mcp_tool_use"]);

/** Whether a content block calls a tool. */
export const isCall = (type: string): boolean => CALLS.has(type);

/** Whether it brings what a tool answered. */
export const isResult = (type: string): boolean => type === "tool_result" || type.endsWith("_tool_result");

/** Place of what stands in a content block or deeper: the innermost block decides. */
const placeInContent = (content: unknown, steps: readonly string[], around: Place): Place => {
  let place = around;
  let node = content;
  for (const step of steps) {
    const holder = node;
    node = memberAt(holder, step);
    if (!isObject(holder)) continue;
    const type = stringAt(holder, "type");
    if (type === "text" || type === "") {
      if (step === "citations" || step === "citation") place = { role: "citations", provenance: "document" };
    } else if (isResult(type)) place = { role: type, provenance: "tool-result" };
    else if (type === "document" || type === "search_result") place = { role: type, provenance: "document" };
    else if (step === "citations" || step === "citation") place = { role: "citations", provenance: "document" };
    // Arguments in a message that no model wrote are whatever its author says.
    else if (isCall(type) && around.provenance === "model")
      place = step === "input" ? { role: type, provenance: "tool-arguments" } : { role: type, provenance: "model" };
    if (place.provenance === "tool-arguments") return place;
  }
  return place;
};

/** Place of a string of a Messages request, by the steps of its pointer below the request. */
export const placeInRequest = (request: unknown, steps: readonly string[]): Place => {
  const [field = "", index = ""] = steps;
  if (field !== "messages") return BY_FIELD.get(field) ?? { role: field, provenance: "user" };
  const message = arrayAt(request, "messages")[Number(index)];
  const role = stringAt(message, "role");
  const around = PLACE_OF_ROLE.get(role) ?? { role, provenance: "user" };
  return steps.length === 3 ? around : placeInContent(message, steps.slice(2), around);
};

/** The same for a message that a model answered, or a content block of one. */
export const placeInAnswer = (answer: unknown, steps: readonly string[]): Place => {
  const field = steps.find((step) => step === "content" || step === "content_block" || step === "delta");
  return placeInContent(answer, steps, {
    role: field === undefined ? (steps[0] ?? "") : "assistant",
    provenance: "model",
  });
};

const TEXT_BLOCKS: ReadonlySet<string> = new Set([
  "text",
  "thinking",
  "search_result",
  "web_search_result",
  "code_execution_result",
  "bash_code_execution_result",
  "tool_reference",
  "tool_search_tool_search_result",
  "browser_state",
]);

const REASON_OF_BLOCK: ReadonlyMap<string, string> = new Map([
  ["image", "image"],
  ["redacted_thinking", "encrypted by the provider"],
  ["encrypted_code_execution_result", "encrypted by the provider"],
  ["container_upload", "file"],
  ["code_execution_output", "file"],
  ["bash_code_execution_output", "file"],
]);

const REASON_OF_SOURCE: ReadonlyMap<string, string> = new Map([
  ["base64", "document as bytes"],
  ["url", "document at an address"],
  ["file", "document kept by the provider"],
]);

const BLOCK_DEPTH_MAX = 8;
const NOTHING: readonly UnscannablePart[] = [];

/** What content blocks hold besides text, however deep they stand in results and documents. */
export const unscannableBlocks = (
  content: unknown,
  pointer: string,
  provenance: Provenance,
  depth = 0,
): UnscannablePart[] => {
  const blocks = Array.isArray(content) ? content : isObject(content) ? [content] : [];
  return blocks.flatMap((block: unknown, index): readonly UnscannablePart[] => {
    if (isObject(block) && TEXT_BLOCKS.has(stringAt(block, "type"))) return NOTHING;
    const at = Array.isArray(content) ? `${pointer}/${index}` : pointer;
    if (!isObject(block)) return [{ pointer: at, provenance, reason: "a part that is not text" }];
    const type = stringAt(block, "type");
    const reason = REASON_OF_BLOCK.get(type);
    if (reason !== undefined) return [{ pointer: at, provenance, reason }];
    if (isCall(type) || type.endsWith("_error")) return NOTHING;
    if (depth >= BLOCK_DEPTH_MAX) return [{ pointer: at, provenance, reason: "nested too deeply" }];
    if (isResult(type)) return unscannableBlocks(block["content"], `${at}/content`, "tool-result", depth + 1);
    if (type === "web_fetch_result")
      return unscannableBlocks(block["content"], `${at}/content`, "tool-result", depth + 1);
    if (type === "document") return unscannableDocument(block, at, provenance, depth);
    if (type.startsWith("text_editor_code_execution_")) return [];
    return [{ pointer: at, provenance, reason: "a part of unknown type" }];
  });
};

/** What a tool brought is the tool's, also where it is a document. */
const unscannableDocument = (block: unknown, at: string, around: Provenance, depth: number): UnscannablePart[] => {
  const provenance = around === "tool-result" ? around : "document";
  const source = objectAt(block, "source");
  const type = stringAt(source, "type");
  if (type === "text") return [];
  if (type === "content") return unscannableBlocks(source["content"], `${at}/source/content`, provenance, depth + 1);
  return [{ pointer: at, provenance, reason: REASON_OF_SOURCE.get(type) ?? "a document of unknown kind" }];
};
