import { arrayAt, isObject, objectAt, type JsonObject } from "../json/json-access.ts";

const isTextOrAbsent = (value: unknown): boolean => value === undefined || value === null || typeof value === "string";

/**
 * What keeps the tool calls of a message or delta from being judged by name and arguments, or undefined.
 * A call in another shape would reach the caller unjudged, so it is refused.
 */
export const toolCallProblem = (message: JsonObject): string | undefined => {
  const { tool_calls: calls, function_call: old } = message;
  if (calls !== undefined && calls !== null && !Array.isArray(calls)) return "tool_calls is not an array";
  if (old !== undefined && old !== null && !isObject(old)) return "function_call is not an object";
  for (const call of arrayAt(message, "tool_calls")) {
    if (!isObject(call)) return "A tool call is not an object";
    if (!isTextOrAbsent(objectAt(call, "function")["arguments"]) || !isTextOrAbsent(objectAt(call, "custom")["input"]))
      return "The arguments of a tool call are not a string";
  }
  return isTextOrAbsent(objectAt(message, "function_call")["arguments"])
    ? undefined
    : "The arguments of a function call are not a string";
};
