import { arrayAt, isObject, stringAt } from "../json/json-access.ts";
import { memberAt } from "../json/read-strings.ts";
import { repeatsText } from "../openai/log-probabilities.ts";

/** A token of log probabilities, or an alternative to one. */
const TOKEN = /\/logprobs\/[0-9]{1,9}\/(?:top_logprobs\/[0-9]{1,9}\/)?token$/;
const ALTERNATIVE_UNITS_MAX = 64;

/** The object with the log probabilities that a string stands in. */
const holderOf = (root: unknown, steps: readonly string[]): unknown => {
  let node = root;
  for (const step of steps) {
    if (step === "logprobs") return node;
    node = memberAt(node, step);
  }
  return undefined;
};

const textOf = (holder: unknown): string => stringAt(holder, "text") || stringAt(holder, "delta");

/** Whether log probabilities of a part or a delta say only what its text says. */
export const saysTheSame = (holder: unknown): boolean =>
  repeatsText({ logprobs: { content: arrayAt(holder, "logprobs") } }, { content: textOf(holder) });

/** Whether a string is a token that {@link saysTheSame} vouches for. Anything else below `logprobs` is text. */
export const isTokenAgain = (root: unknown, pointer: string, steps: readonly string[], value: string): boolean => {
  if (!TOKEN.test(pointer)) return false;
  if (pointer.includes("/top_logprobs/")) return value.length <= ALTERNATIVE_UNITS_MAX;
  return saysTheSame(holderOf(root, steps));
};

/** Pointers of log probabilities that say something else than their text. */
export const otherLogprobs = (output: readonly unknown[], pointer: string): string[] =>
  output.flatMap((item, at) =>
    arrayAt(item, "content").flatMap((part, index) =>
      isObject(part) && !saysTheSame(part) ? [`${pointer}/${at}/content/${index}/logprobs`] : [],
    ),
  );
