import { isUtf8 } from "node:buffer";
import { arrayAt, objectAt, stringAt } from "../json/json-access.ts";
import type { PointerFacts } from "./pointer-facts.ts";

const FIELDS = ["content", "refusal"];
/** Longest alternative token that is passed over; longer ones are text like any other. */
const ALTERNATIVE_UNITS_MAX = 64;
/** Whether a string is a token that {@link repeatsText} vouches for. Anything else below `logprobs` is text. */
export const isTokenOfText = ({ token }: PointerFacts, value: string): boolean =>
  token === "own" || (token === "alternative" && value.length <= ALTERNATIVE_UNITS_MAX);

const bytesOf = (token: unknown): Buffer =>
  Buffer.from(arrayAt(token, "bytes").filter((byte) => typeof byte === "number"));

/** A token that cuts a character is shown in some spelling of its bytes, never longer than `\\x` for each. */
const showsBytes = (token: unknown): boolean => {
  const bytes = bytesOf(token);
  const shown = stringAt(token, "token");
  return isUtf8(bytes) ? bytes.toString() === shown : shown.length <= 8 + 4 * bytes.length;
};

const isPiece = (token: unknown): boolean => {
  const bytes = bytesOf(token);
  return bytes.length > 0 && !isUtf8(bytes) && showsBytes(token);
};

/** Whether the log probabilities of a choice say only what its text says; tokens may cut characters, their bytes do not. */
export const repeatsText = (choice: unknown, said: unknown): boolean => {
  const logprobs = objectAt(choice, "logprobs");
  return FIELDS.every((field) => {
    const tokens = arrayAt(logprobs, field);
    const text = stringAt(said, field);
    if (tokens.length === 0 || tokens.map((token) => stringAt(token, "token")).join("") === text) return true;
    return tokens.every(showsBytes) && Buffer.concat(tokens.map(bytesOf)).toString() === text;
  });
};

/** The same for a piece of a stream, where a cut character is said with its last token or not at all yet. */
export const repeatsDelta = (choice: unknown): boolean => {
  const tokens = FIELDS.flatMap((field) => arrayAt(objectAt(choice, "logprobs"), field));
  return repeatsText(choice, objectAt(choice, "delta")) || tokens.every(isPiece);
};
