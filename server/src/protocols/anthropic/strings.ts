import type { Place, StringDialect } from "../json/read-strings.ts";
import { placeInAnswer } from "./blocks.ts";
import { isAnswerWord, isRequestWord } from "./words.ts";

/** Bytes of images and documents; texts that only the provider can decrypt. */
const OPAQUE_FIELDS: ReadonlySet<string> = new Set([
  "data",
  "encrypted_content",
  "encrypted_index",
  "encrypted_stdout",
]);
/** The provider's proof that it wrote a thought itself. */
const SEAL_FIELDS: ReadonlySet<string> = new Set(["signature"]);

/** `below`: the steps within the Messages request that a pointer stands in; undefined outside of any. */
export const requestStrings = (
  placeOf: (steps: readonly string[]) => Place,
  below: (steps: readonly string[]) => readonly string[] | undefined,
): StringDialect => ({
  placeOf,
  isWord: (steps, value) => {
    const inside = below(steps);
    return inside !== undefined && isRequestWord(inside, value);
  },
  opaqueFields: OPAQUE_FIELDS,
  sealFields: SEAL_FIELDS,
});

export const answerStrings = (answer: unknown): StringDialect => ({
  placeOf: (steps) => placeInAnswer(answer, steps),
  isWord: isAnswerWord,
  opaqueFields: OPAQUE_FIELDS,
  sealFields: SEAL_FIELDS,
});
