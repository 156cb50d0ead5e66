import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import type { CallPlace, ResultPlace, ToolPlaces } from "../json/tool-places.ts";

/** What a Converse request says of tools. */
export const toolPlacesOf = (body: JsonObject): ToolPlaces => {
  const calls: CallPlace[] = [];
  const results: ResultPlace[] = [];
  for (const [index, message] of arrayAt(body, "messages").entries()) {
    const isModel = stringAt(message, "role") === "assistant";
    for (const [place, block] of arrayAt(message, "content").entries()) {
      if (!isObject(block)) continue;
      const { toolUse, toolResult } = block;
      const at = `/messages/${index}/content/${place}`;
      if (isModel && isObject(toolUse))
        calls.push({
          id: stringAt(toolUse, "toolUseId"),
          name: stringAt(toolUse, "name"),
          input: toolUse["input"],
          pointer: `${at}/toolUse`,
          inputPointer: `${at}/toolUse/input`,
        });
      if (isObject(toolResult))
        results.push({ call: stringAt(toolResult, "toolUseId"), name: "", pointer: `${at}/toolResult/content` });
    }
  }
  const definitions = arrayAt(objectAt(body, "toolConfig"), "tools")
    .map((definition) => ({ name: stringAt(objectAt(definition, "toolSpec"), "name"), definition }))
    .filter(({ name }) => name !== "");
  return { calls, results, definitions };
};
