import { escapePointer, type ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, stepsOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { logprobsSpans } from "../json/logprobs-spans.ts";
import { isModelName } from "../json/plain-names.ts";
import { readStrings, withOpaque, type Place, type StringDialect } from "../json/read-strings.ts";
import type { Decoded, DecodedRequest, DecodedResponse, Endpoint, Refusal, UnscannablePart } from "../protocol.ts";
import { usageOf } from "../openai/usage.ts";
import { refusal, refusalStream } from "./answers.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;
const NAME = /^[\w.:/@-]{1,200}$/;
const NAME_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "object",
  "model",
  "system_fingerprint",
  "finish_reason",
  "type",
  "code",
]);
const REQUEST_WORDS: ReadonlySet<string> = new Set(["float", "base64", "text", "image_url"]);
const OPAQUE_FIELDS: ReadonlySet<string> = new Set(["embedding", "url"]);
const NO_FIELDS: ReadonlySet<string> = new Set();

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const requestDialect = (field: string): StringDialect => ({
  placeOf: ([first = ""]): Place => ({ role: first === field ? "user" : first, provenance: "user" }),
  isWord: (steps, value) => {
    const last = steps.at(-1) ?? "";
    if (steps.length === 1 && last === "model") return isModelName(value);
    return (last === "encoding_format" || last === "type") && REQUEST_WORDS.has(value);
  },
  opaqueFields: OPAQUE_FIELDS,
  isOpaqueField: ([first]) => first === EMBEDS,
  sealFields: NO_FIELDS,
});

const ANSWER: StringDialect = {
  placeOf: ([first = ""]) => ({ role: first === "choices" ? "assistant" : first, provenance: "model" }),
  isWord: (steps, value) => NAME_FIELDS.has(steps.at(-1) ?? "") && NAME.test(value),
  opaqueFields: OPAQUE_FIELDS,
  sealFields: NO_FIELDS,
};

const holdsNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.some((item) => typeof item === "number" || holdsNumbers(item));

/** Extras of vLLM and the like: what the model is given instead of words. */
const EMBEDS = "prompt_embeds";
/** Numbers that the model is not given. */
const SETTINGS: ReadonlySet<string> = new Set(["stop_token_ids", "allowed_token_ids", "truncate_prompt_tokens"]);

const unscannableOf = (body: JsonObject, field: string): UnscannablePart[] => [
  ...Object.entries(body).flatMap(([name, value]): UnscannablePart[] =>
    holdsNumbers(value) && !SETTINGS.has(name) && name !== EMBEDS
      ? [{ pointer: `/${escapePointer(name)}`, provenance: "user", reason: "numbers that stand for tokens" }]
      : [],
  ),
  ...(body[EMBEDS] === undefined || body[EMBEDS] === null
    ? []
    : [{ pointer: `/${EMBEDS}`, provenance: "user", reason: "embeddings instead of words" } as const]),
  ...arrayAt(body, field).flatMap((part, index): UnscannablePart[] =>
    isObject(part) && stringAt(part, "type") !== "text"
      ? [
          {
            pointer: `/${field}/${index}`,
            provenance: "user",
            reason: stringAt(part, "type") === "image_url" ? "image" : "a part of unknown type",
          },
        ]
      : [],
  ),
];

/** A request whose text stands in one field: a prompt, or an input. */
const decodeText =
  (field: string): Endpoint["decodeRequest"] =>
  (body: ScannedJson): Decoded<DecodedRequest> => {
    const { value } = body;
    if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
    const { model, stream } = value;
    const given = value[field];
    if (given !== undefined && given !== null && typeof given !== "string" && !Array.isArray(given))
      return { ok: false, refusal: refuse(`${field} must be a string or an array`, `/${field}`) };
    if (model !== undefined && typeof model !== "string")
      return { ok: false, refusal: refuse("model must be a string", "/model") };
    if (stream !== undefined && stream !== null && typeof stream !== "boolean")
      return { ok: false, refusal: refuse("stream must be true or false", "/stream") };
    const { segments, opaque } = readStrings(body, requestDialect(field), "request", 0);
    const answer = countAt(value, "max_tokens") ?? 0;
    return {
      ok: true,
      value: {
        segments,
        unscannable: withOpaque(
          unscannableOf(value, field),
          opaque.filter(({ pointer }) => stepsOf(pointer)[0] !== EMBEDS),
        ),
        model: stringAt(value, "model"),
        stream: stream === true,
        session: "",
        user: stringAt(value, "user"),
        fingerprint: [],
        toolNames: [],
        tokensMax: Math.ceil(body.bytes.length / BYTES_PER_TOKEN) + answer * Math.max(1, countAt(value, "n") ?? 1),
      },
    };
  };

/** A completion, vectors or scores. Vectors as base64 are numbers of the model's own and name nobody's words. */
export const decodeAnswer = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const { segments, opaque } = readStrings(body, ANSWER, "response", firstIndex);
  const usage = usageOf(value);
  const finishReason = arrayAt(value, "choices")
    .map((choice) => stringAt(choice, "finish_reason"))
    .find((reason) => reason !== "");
  const vectors = stringAt(value, "object") === "list" ? opaque.filter(({ pointer }) => !VECTOR.test(pointer)) : opaque;
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque([], vectors),
      toolCalls: [],
      dependents: logprobsSpans(body).map(({ pointer, start, end }) => {
        const choice = pointer.slice(0, -"logprobs".length);
        const own = segments.filter((one) => one.pointer.startsWith(choice));
        return { start, end, token: "null", segments: own.map(({ index }) => index) };
      }),
      model: stringAt(value, "model"),
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === undefined ? {} : { finishReason }),
    },
  };
};

const VECTOR = /^\/data\/[0-9]{1,9}\/embedding$/;

const sending = (path: string, field: string): Endpoint => ({
  name: `POST ${path}`,
  method: "POST",
  path,
  body: "json",
  decodeRequest: decodeText(field),
  decodeResponse: decodeAnswer,
});

/** OpenAI's endpoints that take one text and no roles. */
export const TEXTS: readonly Endpoint[] = [
  { ...sending("/completions", "prompt"), streamDecoder: createStreamDecoder, refusal, refusalStream },
  sending("/embeddings", "input"),
  sending("/moderations", "input"),
];
