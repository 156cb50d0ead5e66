import { isModelName } from "../json/plain-names.ts";
import type { StringDialect } from "../json/read-strings.ts";
import { camel, placeInAnswer, placeInRequest } from "./content.ts";

/**
 * Strings that can carry no text: those whose value is one of the format's own words for that field.
 * Source: the types of the `@google/genai` package, 3.1.
 */
const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

const MIME_TYPES = words(
  "text/plain text/html text/css text/csv text/xml text/markdown text/x.enum text/javascript text/x-python application/json application/pdf application/x-javascript application/x-python image/png image/jpeg image/webp image/heic image/heif image/gif audio/wav audio/mp3 audio/mpeg audio/aiff audio/aac audio/ogg audio/flac audio/pcm video/mp4 video/mpeg video/mov video/quicktime video/avi video/x-flv video/mpg video/webm video/wmv video/3gpp",
);

const BY_FIELD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["role", words("user model function tool system")],
  ["mimeType", MIME_TYPES],
  ["responseMimeType", MIME_TYPES],
  [
    "type",
    words(
      "TYPE_UNSPECIFIED STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL string number integer boolean array object null",
    ),
  ],
  ["language", words("PYTHON LANGUAGE_UNSPECIFIED")],
  ["outcome", words("OUTCOME_OK OUTCOME_FAILED OUTCOME_DEADLINE_EXCEEDED OUTCOME_UNSPECIFIED")],
  ["mode", words("AUTO ANY NONE VALIDATED MODE_UNSPECIFIED MODE_DYNAMIC")],
  [
    "category",
    words(
      "HARM_CATEGORY_HARASSMENT HARM_CATEGORY_HATE_SPEECH HARM_CATEGORY_SEXUALLY_EXPLICIT HARM_CATEGORY_DANGEROUS_CONTENT HARM_CATEGORY_CIVIC_INTEGRITY HARM_CATEGORY_JAILBREAK",
    ),
  ],
  [
    "threshold",
    words("BLOCK_NONE OFF BLOCK_ONLY_HIGH BLOCK_MEDIUM_AND_ABOVE BLOCK_LOW_AND_ABOVE HARM_BLOCK_THRESHOLD_UNSPECIFIED"),
  ],
  [
    "taskType",
    words(
      "RETRIEVAL_QUERY RETRIEVAL_DOCUMENT SEMANTIC_SIMILARITY CLASSIFICATION CLUSTERING QUESTION_ANSWERING FACT_VERIFICATION CODE_RETRIEVAL_QUERY",
    ),
  ],
  ["responseModalities", words("TEXT IMAGE AUDIO")],
  ["thinkingLevel", words("MINIMAL LOW MEDIUM HIGH")],
]);

const NAME_FIELDS = words(
  "role finishReason blockReason category probability severity language outcome mimeType modality trafficType serviceTier",
);
const NAME = /^[\w./-]{1,64}$/;
const LIST_INDEX = /^[0-9]+$/;
const OPAQUE_FIELDS = words("data thoughtSignature thought_signature");
/** The provider's proof that it wrote a thought itself; in a request its own too, and never read as text. */
const SEAL_FIELDS = words("thoughtSignature thought_signature");

const fieldOf = (steps: readonly string[]): string => {
  const last = steps.at(-1) ?? "";
  return camel(LIST_INDEX.test(last) ? (steps.at(-2) ?? "") : last);
};

const isRequestWord = (steps: readonly string[], value: string): boolean => {
  const field = fieldOf(steps);
  if (field === "model") return steps.length <= 3 && isModelName(value);
  return BY_FIELD.get(field)?.has(value) ?? false;
};

export const requestStrings = (request: unknown): StringDialect => ({
  placeOf: (steps) => placeInRequest(request, steps),
  isWord: isRequestWord,
  opaqueFields: OPAQUE_FIELDS,
  sealFields: SEAL_FIELDS,
});

const isAnswerWord = (steps: readonly string[], value: string): boolean => {
  const field = steps.at(-1) ?? "";
  if (field === "modelVersion" || field === "responseId") return steps.length === 1 && isModelName(value);
  return NAME_FIELDS.has(field) && NAME.test(value);
};

export const ANSWER_STRINGS: StringDialect = {
  placeOf: placeInAnswer,
  isWord: isAnswerWord,
  opaqueFields: new Set(["data"]),
  sealFields: SEAL_FIELDS,
};
