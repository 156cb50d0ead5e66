import { arrayAt } from "../json/json-access.ts";
import type { Place, StringDialect } from "../json/read-strings.ts";
import { placeInItem } from "./items.ts";
import { isAnswerWord, isRequestWord } from "./words.ts";

const OPAQUE_FIELDS: ReadonlySet<string> = new Set([
  "encrypted_content",
  "image_url",
  "file_data",
  "data",
  "result",
  "partial_image_b64",
  "delta",
]);
const NO_FIELDS: ReadonlySet<string> = new Set();

/** Fields beside the items, in requests and as answers repeat them. All others are the user's, or the model's. */
const BY_FIELD: ReadonlyMap<string, Place> = new Map([
  ["tools", { role: "tools", provenance: "tool-description" }],
  ["text", { role: "text", provenance: "developer" }],
  ["metadata", { role: "metadata", provenance: "user" }],
  ["prompt", { role: "prompt", provenance: "user" }],
  ["user", { role: "user", provenance: "user" }],
  ["safety_identifier", { role: "safety_identifier", provenance: "user" }],
]);

/** Place of a string of a request or a response object: `items` is the field that holds its items. */
export const placeInObject = (
  holder: unknown,
  items: "input" | "items" | "output" | "data",
  steps: readonly string[],
): Place => {
  const [field = "", index = ""] = steps;
  if (field === items)
    return steps.length === 1
      ? { role: "user", provenance: "user" }
      : placeInItem(arrayAt(holder, items)[Number(index)], steps.slice(2));
  if (field === "instructions") return { role: "system", provenance: "system" };
  const isAnswer = items === "output" || items === "data";
  return BY_FIELD.get(field) ?? { role: field, provenance: isAnswer ? "model" : "user" };
};

export const requestStrings = (placeOf: StringDialect["placeOf"]): StringDialect => ({
  placeOf,
  isWord: isRequestWord,
  opaqueFields: OPAQUE_FIELDS,
  sealFields: NO_FIELDS,
});

export const answerStrings = (placeOf: StringDialect["placeOf"]): StringDialect => ({
  placeOf,
  isWord: isAnswerWord,
  opaqueFields: OPAQUE_FIELDS,
  sealFields: NO_FIELDS,
});
