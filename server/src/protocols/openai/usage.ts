import type { Usage } from "@parapet/model";
import { countAt, isObject, type JsonObject } from "../json/json-access.ts";

export const usageOf = (body: JsonObject): Usage | undefined => {
  const usage = body["usage"];
  if (!isObject(usage)) return undefined;
  const inputTokens = countAt(usage, "prompt_tokens");
  const outputTokens = countAt(usage, "completion_tokens");
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
};
