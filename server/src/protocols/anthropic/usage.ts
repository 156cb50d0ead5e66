import type { Usage } from "@parapet/model";
import { countAt, isObject } from "../json/json-access.ts";

/** Anthropic counts what it read from and wrote to its cache beside `input_tokens`; here all of it is input. */
export const usageOf = (holder: unknown): Usage | undefined => {
  const usage = isObject(holder) ? holder["usage"] : undefined;
  if (!isObject(usage)) return undefined;
  const inputs = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"].map((field) =>
    countAt(usage, field),
  );
  const outputTokens = countAt(usage, "output_tokens");
  return {
    ...(inputs.every((count) => count === undefined)
      ? {}
      : { inputTokens: inputs.reduce<number>((sum, count) => sum + (count ?? 0), 0) }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
};
