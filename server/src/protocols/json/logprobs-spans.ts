import { scanJson, type JsonSpan, type ScannedJson } from "#platform";

/** Where log probabilities stand that hold tokens, under the name of the protocol: they spell a text out once more. */
export const logprobsSpans = ({ bytes, leaves, keys }: ScannedJson, name = "logprobs"): readonly JsonSpan[] => {
  if (![...leaves, ...keys].some(({ pointer }) => pointer.includes(`/${name}/`))) return [];
  const scan = scanJson(bytes, { depthMax: Number.MAX_SAFE_INTEGER, spanKeys: new Set([name]) });
  return scan.ok ? scan.value.spans.filter(({ pointer }) => pointer.endsWith(`/${name}`)) : [];
};
