import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import type { CallPlace, ResultPlace, ToolPlaces } from "../json/tool-places.ts";
import type { DecodedToolDefinition } from "../protocol.ts";

/** Kinds of a call, with the field that it is called with. */
const KINDS = [
  ["function", "arguments"],
  ["custom", "input"],
] as const;

const callsOf = (message: JsonObject, at: string): CallPlace[] => {
  const calls = arrayAt(message, "tool_calls").map((call, index): CallPlace => {
    const pointer = `${at}/tool_calls/${index}`;
    const [kind, field] = KINDS.find(([name]) => isObject(call) && isObject(call[name])) ?? KINDS[0];
    const inner = objectAt(call, kind);
    const inputPointer = `${pointer}/${kind}/${field}`;
    return { id: stringAt(call, "id"), name: stringAt(inner, "name"), input: inner[field], pointer, inputPointer };
  });
  const old = message["function_call"];
  if (isObject(old)) {
    const pointer = `${at}/function_call`;
    const inputPointer = `${pointer}/arguments`;
    calls.push({ id: "", name: stringAt(old, "name"), input: old["arguments"], pointer, inputPointer });
  }
  return calls;
};

const definitionsOf = ({ tools, functions }: JsonObject): DecodedToolDefinition[] => {
  const found: DecodedToolDefinition[] = [];
  const note = (name: string, definition: unknown): void => {
    if (name !== "") found.push({ name, definition });
  };
  for (const one of Array.isArray(tools) ? tools : [])
    note(stringAt(objectAt(one, "function"), "name") || stringAt(objectAt(one, "custom"), "name"), one);
  for (const one of Array.isArray(functions) ? functions : []) note(stringAt(one, "name"), one);
  return found;
};

/** What a Chat Completions request says of tools; `roles` are those of its messages. */
export const toolPlacesOf = (body: JsonObject, roles: readonly string[]): ToolPlaces => {
  const calls: CallPlace[] = [];
  const results: ResultPlace[] = [];
  const messages = arrayAt(body, "messages");
  for (const [index, role] of roles.entries()) {
    const message = messages[index];
    if (role === "assistant") {
      if (isObject(message) && (message["tool_calls"] !== undefined || message["function_call"] !== undefined))
        for (const call of callsOf(message, `/messages/${index}`)) calls.push(call);
    } else if (role === "tool" || role === "function")
      results.push({
        call: stringAt(message, "tool_call_id"),
        name: stringAt(message, "name"),
        pointer: `/messages/${index}/content`,
      });
  }
  return { calls, results, definitions: definitionsOf(body) };
};
