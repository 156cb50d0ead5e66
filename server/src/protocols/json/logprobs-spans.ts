import { scanJson, type JsonSpan, type ScannedJson } from "#platform";

const SPAN_KEYS: ReadonlySet<string> = new Set(["logprobs"]);

/** Where log probabilities stand that hold tokens: they spell a text out once more. */
export const logprobsSpans = ({ bytes, leaves, keys }: ScannedJson): readonly JsonSpan[] => {
  if (![...leaves, ...keys].some(({ pointer }) => pointer.includes("/logprobs/"))) return [];
  const scan = scanJson(bytes, { depthMax: Number.MAX_SAFE_INTEGER, spanKeys: SPAN_KEYS });
  return scan.ok ? scan.value.spans.filter(({ pointer }) => pointer.endsWith("/logprobs")) : [];
};
