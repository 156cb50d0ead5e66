import type { StringDialect } from "../json/read-strings.ts";
import { placeInAnswer, placeInRequest } from "./content.ts";

/**
 * Strings that can carry no text: those whose value is one of the format's own words for that field.
 * Source: the types of the `@aws-sdk/client-bedrock-runtime` package, 3.1163.
 */
const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

const BY_FIELD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["role", words("user assistant system")],
  [
    "format",
    words("png jpeg gif webp pdf csv doc docx xls xlsx html txt md mkv mov mp4 webm flv mpeg mpg wmv three_gp mp3 wav"),
  ],
  ["status", words("success error")],
  ["type", words("default server_tool_use object string number integer boolean array null json_schema")],
  ["ttl", words("5m 1h")],
  ["latency", words("standard optimized")],
  ["trace", words("enabled disabled enabled_full")],
]);

const NAME_FIELDS = words("role stopReason toolUseId type status latency");
const NAME = /^[\w.:-]{1,200}$/;
const OPAQUE_FIELDS = words("bytes data redactedContent");
const SEAL_FIELDS = words("signature");
/** Providers fill events up to lengths that tell nothing, always with the same characters. */
const PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export const requestStrings = (request: unknown): StringDialect => ({
  placeOf: (steps) => placeInRequest(request, steps),
  isWord: (steps, value) => BY_FIELD.get(steps.at(-1) ?? "")?.has(value) ?? false,
  opaqueFields: OPAQUE_FIELDS,
  sealFields: SEAL_FIELDS,
});

export const ANSWER_STRINGS: StringDialect = {
  placeOf: placeInAnswer,
  isWord: (steps, value) => {
    const field = steps.at(-1) ?? "";
    return field === "p" ? PADDING.startsWith(value) : NAME_FIELDS.has(field) && NAME.test(value);
  },
  opaqueFields: OPAQUE_FIELDS,
  sealFields: SEAL_FIELDS,
};
