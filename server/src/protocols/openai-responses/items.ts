import type { Provenance } from "@parapet/model";
import { arrayAt, isObject, stringAt, type JsonObject } from "../json/json-access.ts";
import type { Place } from "../json/read-strings.ts";
import type { UnscannablePart } from "../protocol.ts";

/** The roles of messages and who could have written their text. */
const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["system", "system"],
  ["developer", "developer"],
  ["user", "user"],
  ["assistant", "model"],
]);

const PLACE_OF_ROLE: ReadonlyMap<string, Place> = new Map(
  [...PROVENANCE_OF_ROLE].map(([role, provenance]) => [role, { role, provenance }]),
);

export const isRole = (role: string): boolean => PROVENANCE_OF_ROLE.has(role);

/** An item without a type is a message. */
export const typeOf = (item: unknown): string => stringAt(item, "type") || "message";

/** What the model wrote to be run, by the type of the item; all else of such an item is the model's words. */
const ARGUMENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    function_call: "arguments",
    custom_tool_call: "input",
    mcp_call: "arguments",
    mcp_approval_request: "arguments",
    code_interpreter_call: "code",
    shell_call: "action",
    local_shell_call: "action",
    apply_patch_call: "operation",
    computer_call: "action actions",
    web_search_call: "action",
    file_search_call: "queries",
    tool_search_call: "arguments",
    program: "code",
  }).map(([type, fields]) => [type, new Set(fields.split(" "))]),
);

/** What a tool brought, standing in the item that called it. */
const RESULTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({ mcp_call: "output error", code_interpreter_call: "outputs", file_search_call: "results" }).map(
    ([type, fields]) => [type, new Set(fields.split(" "))],
  ),
);

const RESULT_ITEMS: ReadonlySet<string> = new Set([
  "function_call_output",
  "custom_tool_call_output",
  "computer_call_output",
  "shell_call_output",
  "local_shell_call_output",
  "apply_patch_call_output",
  "program_output",
]);
const TOOL_ITEMS: ReadonlySet<string> = new Set(["mcp_list_tools", "tool_search_output", "additional_tools"]);

/** Whether an item calls a tool, and under which name. */
export const callOf = (item: unknown): { readonly id: string; readonly name: string } | undefined => {
  const type = typeOf(item);
  if (!ARGUMENTS.has(type)) return undefined;
  return { id: stringAt(item, "call_id") || stringAt(item, "id"), name: stringAt(item, "name") || type };
};

/** What a call is called with, and the field that holds it. */
export const inputOf = (item: unknown): { readonly field: string; readonly value: unknown } => {
  const fields = [...(ARGUMENTS.get(typeOf(item)) ?? [])];
  const field = fields.find((name) => isObject(item) && item[name] !== undefined) ?? fields[0] ?? "";
  return { field, value: isObject(item) ? item[field] : undefined };
};

/** Fields in which an item holds what a tool answered; undefined where it holds none. */
export const resultFields = (item: unknown): readonly string[] | undefined => {
  const type = typeOf(item);
  return RESULT_ITEMS.has(type) ? ["output"] : RESULTS.has(type) ? [...(RESULTS.get(type) ?? [])] : undefined;
};

/** The field whose text grows while the call is written; undefined where arguments come at once. */
export const growingArguments = (type: string): string | undefined => {
  const [field, ...more] = ARGUMENTS.get(type) ?? [];
  return more.length === 0 && (field === "arguments" || field === "input" || field === "code") ? field : undefined;
};

/** Place of a string in an item, by the steps of its pointer below the item. */
export const placeInItem = (item: unknown, steps: readonly string[]): Place => {
  const type = typeOf(item);
  const [field = ""] = steps;
  if (type === "message") {
    const role = stringAt(item, "role");
    const own = PLACE_OF_ROLE.get(role) ?? { role, provenance: "user" };
    if (steps.length < 3) return own;
    const part = field === "content" ? arrayAt(item, "content")[Number(steps[1])] : undefined;
    if (stringAt(part, "type") === "input_file") return { role: "document", provenance: "document" };
    if (steps[2] === "annotations") return { role: "annotations", provenance: "document" };
    return own;
  }
  if (ARGUMENTS.get(type)?.has(field) === true) return { role: type, provenance: "tool-arguments" };
  if (RESULTS.get(type)?.has(field) === true || RESULT_ITEMS.has(type))
    return { role: type, provenance: "tool-result" };
  if (TOOL_ITEMS.has(type)) return { role: type, provenance: "tool-description" };
  return { role: type, provenance: type === "mcp_approval_response" || !KNOWN_ITEMS.has(type) ? "user" : "model" };
};

const KNOWN_ITEMS: ReadonlySet<string> = new Set([
  "message",
  "reasoning",
  "compaction",
  "compaction_trigger",
  "configuration_update",
  "image_generation_call",
  "item_reference",
  "mcp_approval_response",
  ...ARGUMENTS.keys(),
  ...RESULT_ITEMS,
  ...TOOL_ITEMS,
]);

const REASON_OF_PART: ReadonlyMap<string, string> = new Map([
  ["input_image", "image"],
  ["computer_screenshot", "image"],
  ["input_file", "file"],
  ["input_audio", "audio"],
  ["output_audio", "audio"],
  ["image", "image"],
]);
const TEXT_PARTS: ReadonlySet<string> = new Set([
  "input_text",
  "output_text",
  "text",
  "refusal",
  "summary_text",
  "reasoning_text",
  "logs",
]);

const NOTHING: readonly UnscannablePart[] = [];

/** Fields of items that hold parts. */
const PART_FIELDS = ["content", "output", "outputs", "summary"];

const partsOf = (holder: JsonObject, pointer: string, provenance: Provenance): UnscannablePart[] =>
  PART_FIELDS.flatMap((field) => {
    const value = holder[field];
    const parts: readonly unknown[] = Array.isArray(value) ? value : isObject(value) ? [value] : [];
    return parts.flatMap((part, index): readonly UnscannablePart[] => {
      if (isObject(part) && TEXT_PARTS.has(stringAt(part, "type"))) return NOTHING;
      const at = Array.isArray(value) ? `${pointer}/${field}/${index}` : `${pointer}/${field}`;
      if (!isObject(part)) return [{ pointer: at, provenance, reason: "a part that is not text" }];
      const type = stringAt(part, "type");
      if (typeof part["stdout"] === "string" || "outcome" in part) return [];
      return [{ pointer: at, provenance, reason: REASON_OF_PART.get(type) ?? "a part of unknown type" }];
    });
  });

const isPlain = (content: unknown): boolean =>
  typeof content === "string" ||
  (Array.isArray(content) && content.every((part) => isObject(part) && TEXT_PARTS.has(stringAt(part, "type"))));

/** What an item holds besides text. */
export const unscannableOfItem = (item: unknown, pointer: string): readonly UnscannablePart[] => {
  if (!isObject(item)) return [{ pointer, provenance: "user", reason: "an item that is not an object" }];
  const type = typeOf(item);
  if (type === "message" && isPlain(item["content"])) return NOTHING;
  const { provenance } = placeInItem(item, ["output"]);
  if (!KNOWN_ITEMS.has(type)) return [{ pointer, provenance: "user", reason: "an item of unknown type" }];
  if (type === "image_generation_call") return [{ pointer, provenance: "model", reason: "image" }];
  const sealed = stringAt(item, "encrypted_content") !== "";
  return [
    ...(sealed
      ? [{ pointer: `${pointer}/encrypted_content`, provenance: "model", reason: "encrypted by the provider" } as const]
      : []),
    ...partsOf(item, pointer, provenance),
  ];
};
