import { arrayAt, isObject, stringAt } from "../json/json-access.ts";
import type { CallPlace, ResultPlace, ToolPlaces } from "../json/tool-places.ts";
import { isCall, isResult } from "./blocks.ts";

/** What a Messages request says of tools. `at`: where the request itself stands. */
export const toolPlacesOf = (body: unknown, at: string): ToolPlaces => {
  const calls: CallPlace[] = [];
  const results: ResultPlace[] = [];
  for (const [index, message] of arrayAt(body, "messages").entries()) {
    // What a message that no model wrote says of calls are whatever its author says.
    const isModel = stringAt(message, "role") === "assistant";
    for (const [place, block] of arrayAt(message, "content").entries()) {
      if (!isObject(block)) continue;
      const type = stringAt(block, "type");
      const pointer = `${at}/messages/${index}/content/${place}`;
      if (isModel && isCall(type)) {
        const { input } = block;
        calls.push({
          id: stringAt(block, "id"),
          name: stringAt(block, "name"),
          input,
          pointer,
          inputPointer: `${pointer}/input`,
        });
      } else if (isResult(type))
        results.push({ call: stringAt(block, "tool_use_id"), name: "", pointer: `${pointer}/content` });
    }
  }
  const definitions = arrayAt(body, "tools")
    .map((definition) => ({ name: stringAt(definition, "name"), definition }))
    .filter(({ name }) => name !== "");
  return { calls, results, definitions };
};
