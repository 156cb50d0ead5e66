import { arrayAt, stringAt, type JsonObject } from "../json/json-access.ts";
import type { CallPlace, ResultPlace, ToolPlaces } from "../json/tool-places.ts";
import { callOf, inputOf, resultFields } from "./items.ts";

/** What a Responses request says of tools. */
export const toolPlacesOf = (body: JsonObject, field: "input" | "items"): ToolPlaces => {
  const calls: CallPlace[] = [];
  const results: ResultPlace[] = [];
  for (const [index, item] of arrayAt(body, field).entries()) {
    const pointer = `/${field}/${index}`;
    const call = callOf(item);
    if (call !== undefined) {
      const input = inputOf(item);
      calls.push({ ...call, input: input.value, pointer, inputPointer: `${pointer}/${input.field}` });
    }
    for (const name of resultFields(item) ?? [])
      results.push({
        call: stringAt(item, "call_id") || stringAt(item, "id"),
        name: call?.name ?? "",
        pointer: `${pointer}/${name}`,
      });
  }
  const definitions = arrayAt(body, "tools").map((definition) => ({
    name: stringAt(definition, "name") || stringAt(definition, "type"),
    definition,
  }));
  return { calls, results, definitions };
};
