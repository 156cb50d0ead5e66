import { arrayAt, isObject, stringAt, type JsonObject } from "../json/json-access.ts";
import type { CallPlace, ResultPlace, ToolPlaces } from "../json/tool-places.ts";
import type { DecodedToolDefinition } from "../protocol.ts";
import { camel, eitherAt, provenanceOf, type PlacedRequest } from "./content.ts";

/** The field of a call's member that it is called with. */
const INPUTS: ReadonlyMap<string, string> = new Map([
  ["functionCall", "args"],
  ["toolCall", "args"],
  ["executableCode", "code"],
]);
/** The field of a result's member in which the answer stands. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ["functionResponse", "response"],
  ["toolResponse", "response"],
  ["codeExecutionResult", "output"],
]);

/** What the requests of a body say of tools, each with where it stands. */
export const toolPlacesOf = (requests: readonly PlacedRequest[]): ToolPlaces => {
  const calls: CallPlace[] = [];
  const results: ResultPlace[] = [];
  const definitions: DecodedToolDefinition[] = [];
  const placePart = (part: JsonObject, content: string, index: number, isModel: boolean): void => {
    for (const key of Object.keys(part)) {
      const member = part[key];
      if (!isObject(member)) continue;
      const kind = camel(key);
      const pointer = `${content}/parts/${index}/${key}`;
      const named = { name: stringAt(member, "name") || stringAt(member, "toolType") };
      const input = INPUTS.get(kind);
      if (input !== undefined && isModel) {
        const call = { id: stringAt(member, "id"), name: named.name || kind, input: member[input] };
        calls.push({ ...call, pointer, inputPointer: `${pointer}/${input}` });
      }
      const answer = ANSWERS.get(kind);
      if (answer === undefined) continue;
      const whole = member[answer] === undefined ? pointer : `${pointer}/${answer}`;
      results.push({ call: stringAt(member, "id"), ...named, pointer: whole });
    }
  };
  for (const { request, contents, at } of requests) {
    for (const [content, pointer] of contents) {
      const isModel = provenanceOf(content) === "model";
      for (const [index, part] of arrayAt(content, "parts").entries())
        if (isObject(part)) placePart(part, pointer, index, isModel);
    }
    for (const tool of arrayAt(request, "tools")) {
      const declared = eitherAt(tool, "functionDeclarations");
      for (const definition of Array.isArray(declared) ? declared : []) {
        const name = stringAt(definition, "name");
        if (name !== "") definitions.push({ name, definition, ...(at !== "" && { within: at }) });
      }
    }
  }
  return { calls, results, definitions };
};
