import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import type { CallPlace, ResultPlace, ToolPlaces } from "../json/tool-places.ts";
import type { DecodedToolDefinition } from "../protocol.ts";

/** Kinds of a call, with the field that it is called with. */
const KINDS = [
  ["function", "arguments"],
  ["custom", "input"],
] as const;

const callsOf = (message: unknown, at: string): CallPlace[] => {
  if (!isObject(message) || (message["tool_calls"] === undefined && message["function_call"] === undefined)) return [];
  const old = message["function_call"];
  return [
    ...arrayAt(message, "tool_calls").flatMap((call, index) => {
      const pointer = `${at}/tool_calls/${index}`;
      const [kind, field] = KINDS.find(([name]) => isObject(call) && isObject(call[name])) ?? KINDS[0];
      const inner = objectAt(call, kind);
      const inputPointer = `${pointer}/${kind}/${field}`;
      return [{ id: stringAt(call, "id"), name: stringAt(inner, "name"), input: inner[field], pointer, inputPointer }];
    }),
    ...(isObject(old)
      ? [
          {
            id: "",
            name: stringAt(old, "name"),
            input: old["arguments"],
            pointer: `${at}/function_call`,
            inputPointer: `${at}/function_call/arguments`,
          },
        ]
      : []),
  ];
};

const definitionsOf = (body: JsonObject): DecodedToolDefinition[] =>
  [
    ...arrayAt(body, "tools").map((definition) => ({
      name: stringAt(objectAt(definition, "function"), "name") || stringAt(objectAt(definition, "custom"), "name"),
      definition,
    })),
    ...arrayAt(body, "functions").map((definition) => ({ name: stringAt(definition, "name"), definition })),
  ].filter(({ name }) => name !== "");

/** What a Chat Completions request says of tools; `roles` are those of its messages. */
export const toolPlacesOf = (body: JsonObject, roles: readonly string[]): ToolPlaces => {
  const calls: CallPlace[] = [];
  const results: ResultPlace[] = [];
  const messages = arrayAt(body, "messages");
  for (const [index, role] of roles.entries()) {
    const message = messages[index];
    const at = `/messages/${index}`;
    if (role === "assistant") calls.push(...callsOf(message, at));
    else if (role === "tool" || role === "function")
      results.push({
        call: stringAt(message, "tool_call_id"),
        name: stringAt(message, "name"),
        pointer: `${at}/content`,
      });
  }
  return { calls, results, definitions: definitionsOf(body) };
};
