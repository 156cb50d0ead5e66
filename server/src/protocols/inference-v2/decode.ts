import type { JsonSpan, ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { isModelName } from "../json/plain-names.ts";
import { readStrings, withOpaque, type Place, type StringDialect } from "../json/read-strings.ts";
import {
  NO_REQUEST,
  type Decoded,
  type DecodedRequest,
  type DecodedResponse,
  type UnscannablePart,
} from "../protocol.ts";

const DATATYPES: ReadonlySet<string> = new Set(
  "BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 FP32 FP64 BF16 BYTES".split(" "),
);
const CONTENT_TYPE = /^(?:base64|str|np|pd|[a-z]{1,20}\/[a-z0-9.+-]{1,60})$/;
/** Names of tensors that hold tokens of a text, as tokenizers call them. */
const TOKENS = /(?:^|[_.])(?:input|token|prompt)_?ids?$|^tokens$/i;
/** A row of a table is narrower; what is wider is a picture, a sound or an embedding. */
const ROW_VALUES_MAX = 1_024;
const NO_FIELDS: ReadonlySet<string> = new Set();

const dialect = (tensors: "inputs" | "outputs", body: JsonObject, provenance: Place["provenance"]): StringDialect => ({
  placeOf: ([field = "", at = ""]) => ({
    role: (field === tensors ? stringAt(arrayAt(body, tensors)[Number(at)], "name") : field).slice(0, 64) || field,
    provenance,
  }),
  isWord: (steps, value) => {
    const [field = "", , inner = field] = steps;
    const isTensor = field === "inputs" || field === "outputs";
    if (isTensor && steps.length === 3 && inner === "datatype") return DATATYPES.has(value);
    if (isTensor && steps.length === 3 && inner === "name") return isModelName(value);
    if (steps.at(-2) === "parameters" && steps.at(-1) === "content_type") return CONTENT_TYPE.test(value);
    return steps.length === 1 && (field.startsWith("model_") || field === "id") && isModelName(value);
  },
  opaqueFields: NO_FIELDS,
  isOpaqueField: ([field, , inner]) => field === tensors && inner === "data",
  sealFields: NO_FIELDS,
});

const valuesPerRow = (tensor: JsonObject): number =>
  arrayAt(tensor, "shape")
    .slice(1)
    .reduce((product: number, one) => (typeof one === "number" && one > 0 ? product * one : product), 1);

/** Bytes of a tensor that stand behind the JSON. */
const binaryBytes = (tensor: unknown): number | undefined =>
  countAt(objectAt(tensor, "parameters"), "binary_data_size");

const unscannableOf = (
  body: JsonObject,
  field: "inputs" | "outputs",
  provenance: UnscannablePart["provenance"],
): UnscannablePart[] =>
  arrayAt(body, field).flatMap((tensor, index): UnscannablePart[] => {
    if (!isObject(tensor)) return [];
    const part = { pointer: `/${field}/${index}`, provenance };
    if (binaryBytes(tensor) !== undefined) return [{ ...part, reason: "binary tensor" }];
    if (TOKENS.test(stringAt(tensor, "name"))) return [{ ...part, reason: "numbers that stand for tokens" }];
    return stringAt(tensor, "datatype") !== "BYTES" && valuesPerRow(tensor) > ROW_VALUES_MAX
      ? [{ ...part, reason: "a tensor too wide for features" }]
      : [];
  });

/** What is wrong with tensors: a reader must not find others than those that were looked at. */
const problemOf = (body: JsonObject, field: "inputs" | "outputs", rest: JsonSpan | undefined): string | undefined => {
  const tensors = body[field];
  if (!Array.isArray(tensors)) return `${field} must be an array of tensors`;
  let binary = 0;
  for (const tensor of tensors) {
    if (!isObject(tensor) || stringAt(tensor, "name") === "") return "A tensor must have a name";
    if (!DATATYPES.has(stringAt(tensor, "datatype"))) return "A tensor must have a datatype that is known here";
    const bytes = binaryBytes(tensor);
    if (
      (bytes === undefined) === (tensor["data"] === undefined) &&
      objectAt(tensor, "parameters")["shared_memory_region"] === undefined
    )
      return "A tensor must have its data, or the number of its bytes";
    binary += bytes ?? 0;
  }
  const names = new Set(tensors.map((tensor) => stringAt(tensor, "name")));
  if (names.size !== tensors.length) return "Two tensors have one name";
  return binary === (rest === undefined ? 0 : rest.end - rest.start)
    ? undefined
    : "The bytes behind the JSON are not as many as its tensors say";
};

const inSharedMemory = (body: JsonObject, field: "inputs" | "outputs"): UnscannablePart[] =>
  arrayAt(body, field).flatMap((tensor, index): UnscannablePart[] =>
    objectAt(tensor, "parameters")["shared_memory_region"] === undefined
      ? []
      : [{ pointer: `/${field}/${index}`, provenance: "user", reason: "kept by the model's server" }],
  );

/** Bytes behind the JSON (binary tensor data extension) stand as the span of the whole. */
const restOf = ({ spans }: ScannedJson): JsonSpan | undefined => spans.find(({ pointer }) => pointer === "");

/** Tensors to infer from. Strings are somebody's words; numbers are features, which no detector of texts reads. */
export const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => {
  const { value } = body;
  const problem = isObject(value) ? problemOf(value, "inputs", restOf(body)) : "The body must be an object";
  if (!isObject(value) || problem !== undefined)
    return { ok: false, refusal: { code: "bad_request", message: problem ?? "", pointer: "/inputs" } };
  const { segments, opaque } = readStrings(body, dialect("inputs", value, "user"), "request", 0);
  const unscannable = [...unscannableOf(value, "inputs", "user"), ...inSharedMemory(value, "inputs")];
  return { ok: true, value: { ...NO_REQUEST, segments, unscannable: withOpaque(unscannable, opaque) } };
};

/** What was inferred, what is known of a model or a server, or an error. */
export const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const rest = restOf(body);
  const inferred = Array.isArray(value["outputs"]) && value["inputs"] === undefined;
  const problem = rest === undefined || !inferred ? undefined : problemOf(value, "outputs", rest);
  if (problem !== undefined || (rest !== undefined && !inferred))
    return {
      ok: false,
      refusal: { code: "bad_response", message: problem ?? "Bytes behind an answer without tensors" },
    };
  const { segments, opaque } = readStrings(body, dialect("outputs", value, "model"), "response", firstIndex);
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(unscannableOf(value, "outputs", "model"), opaque),
      toolCalls: [],
      dependents: [],
      model: stringAt(value, "model_name"),
    },
  };
};
