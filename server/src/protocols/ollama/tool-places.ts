import { arrayAt, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import type { CallPlace, ResultPlace, ToolPlaces } from "../json/tool-places.ts";

/** What a chat request says of tools. Calls have no ids: results name the tool. */
export const toolPlacesOf = (body: JsonObject): ToolPlaces => {
  const calls: CallPlace[] = [];
  const results: ResultPlace[] = [];
  for (const [index, message] of arrayAt(body, "messages").entries()) {
    const at = `/messages/${index}`;
    const role = stringAt(message, "role");
    if (role === "assistant")
      for (const [place, call] of arrayAt(message, "tool_calls").entries()) {
        const inner = objectAt(call, "function");
        const pointer = `${at}/tool_calls/${place}`;
        calls.push({
          id: stringAt(call, "id"),
          name: stringAt(inner, "name"),
          input: inner["arguments"],
          pointer,
          inputPointer: `${pointer}/function/arguments`,
        });
      }
    else if (role === "tool")
      results.push({
        call: stringAt(message, "tool_call_id"),
        name: stringAt(message, "tool_name") || stringAt(message, "name"),
        pointer: `${at}/content`,
      });
  }
  const definitions = arrayAt(body, "tools")
    .map((definition) => ({ name: stringAt(objectAt(definition, "function"), "name"), definition }))
    .filter(({ name }) => name !== "");
  return { calls, results, definitions };
};
