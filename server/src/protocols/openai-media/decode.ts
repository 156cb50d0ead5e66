import type { Usage } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { arrayAt, countAt, isObject, stepsOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { logprobsSpans } from "../json/logprobs-spans.ts";
import { readStrings, withOpaque, type StringDialect } from "../json/read-strings.ts";
import type { Decoded, DecodedRequest, DecodedResponse, Endpoint, Refusal, UnscannablePart } from "../protocol.ts";
import { isMediaName, isMediaWord } from "./words.ts";

/** Bytes of English or code per token are about four; three keeps the estimate an upper bound for most text. */
const BYTES_PER_TOKEN = 3;
const OPAQUE_FIELDS: ReadonlySet<string> = new Set(["b64_json", "url", "audio", "delta", "known_speaker_references"]);
const NO_FIELDS: ReadonlySet<string> = new Set();

const refuse = (message: string, pointer: string): Refusal => ({ code: "bad_request", message, pointer });

const SPEAKERS = "known_speaker_references";

const REQUEST: StringDialect = {
  placeOf: ([field = ""]) => ({ role: field === "prompt" || field === "input" ? "user" : field, provenance: "user" }),
  isWord: isMediaWord,
  opaqueFields: OPAQUE_FIELDS,
  isOpaqueField: ([field]) => field === SPEAKERS,
  sealFields: NO_FIELDS,
};

const ANSWER: StringDialect = {
  placeOf: (steps) => ({ role: steps.at(-1) === "text" ? "assistant" : (steps[0] ?? ""), provenance: "model" }),
  isWord: isMediaName,
  opaqueFields: OPAQUE_FIELDS,
  sealFields: NO_FIELDS,
};

/** Whether the value stands for the bytes of a form's file. */
export const isFile = (value: unknown): boolean => isObject(value) && typeof value["filename"] === "string";

/** The files of a form that a model is given: `image`, `image[]`, `mask`, `file`. */
const filesOf = (body: JsonObject, kind: string): UnscannablePart[] =>
  Object.entries(body).flatMap(([field, value]): UnscannablePart[] => {
    if (isFile(value)) return [{ pointer: `/${field}`, provenance: "user", reason: kind }];
    if (!Array.isArray(value)) return [];
    return value.flatMap((one: unknown, index): UnscannablePart[] =>
      isFile(one) ? [{ pointer: `/${field}/${index}`, provenance: "user", reason: kind }] : [],
    );
  });

const isTrue = (value: unknown): boolean => value === true || value === "true";

const countOf = (body: JsonObject, field: string): number => {
  const value = body[field];
  return countAt(body, field) ?? (typeof value === "string" && /^[0-9]{1,4}$/.test(value) ? Number(value) : 1);
};

/** A request whose words stand in `field`. `kind` is what its files hold. */
export const decodeMedia =
  (field: "prompt" | "input", kind: "image" | "audio", needsText = true): Endpoint["decodeRequest"] =>
  (body: ScannedJson): Decoded<DecodedRequest> => {
    const { value } = body;
    if (!isObject(value)) return { ok: false, refusal: refuse("The body must be an object", "") };
    const { model, stream } = value;
    const text = value[field];
    if (typeof text !== "string" && (needsText || (text !== undefined && text !== null)))
      return { ok: false, refusal: refuse(`${field} must be a string`, `/${field}`) };
    if (model !== undefined && model !== null && typeof model !== "string")
      return { ok: false, refusal: refuse("model must be a string", "/model") };
    if (![undefined, null, true, false, "true", "false"].some((known) => stream === known))
      return { ok: false, refusal: refuse("stream must be true or false", "/stream") };
    const { segments, opaque } = readStrings(body, REQUEST, "request", 0);
    const words = typeof text === "string" ? Math.ceil(text.length / BYTES_PER_TOKEN) : 0;
    return {
      ok: true,
      value: {
        segments,
        unscannable: withOpaque(filesOf(value, kind), opaque),
        model: stringAt(value, "model"),
        stream: isTrue(stream) || value["stream_format"] === "sse",
        session: "",
        user: stringAt(value, "safety_identifier") || stringAt(value, "user"),
        fingerprint: [],
        toolNames: [],
        tokensMax: words * Math.max(1, countOf(value, "n")),
      },
    };
  };

export const usageOf = (body: JsonObject): Usage | undefined => {
  const { usage } = body;
  if (!isObject(usage)) return undefined;
  const inputTokens = countAt(usage, "input_tokens");
  const outputTokens = countAt(usage, "output_tokens");
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
};

const TOKEN = /^\/logprobs\/[0-9]{1,9}\/token$/;

/** Whether an answer's log probabilities spell its text, and nothing else. */
const spellsText = (body: JsonObject, text: string): boolean =>
  arrayAt(body, "logprobs")
    .map((one) => stringAt(one, "token"))
    .join("") === text;

/** Images, a transcript, an object that the provider keeps or an error: every string that is no name is a segment. */
export const decodeMediaAnswer = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const isSpelling = spellsText(value, stringAt(value, "text"));
  const leaves = isSpelling ? body.leaves.filter(({ pointer }) => !TOKEN.test(pointer)) : body.leaves;
  const { segments, opaque } = readStrings({ leaves, keys: body.keys }, ANSWER, "response", firstIndex);
  const usage = usageOf(value);
  const images = arrayAt(value, "data").flatMap((one, index): UnscannablePart[] =>
    isObject(one) && (typeof one["b64_json"] === "string" || typeof one["url"] === "string")
      ? [{ pointer: `/data/${index}`, provenance: "model", reason: "image" }]
      : [],
  );
  const spelled = segments.filter(({ pointer }) => stepsOf(pointer)[0] === "text").map(({ index }) => index);
  return {
    ok: true,
    value: {
      segments,
      unscannable: withOpaque(images, opaque),
      toolCalls: [],
      dependents: logprobsSpans(body)
        .filter(({ pointer }) => isSpelling && pointer === "/logprobs")
        .map(({ start, end }) => ({ start, end, token: "[]", segments: spelled })),
      model: stringAt(value, "model"),
      ...(usage === undefined ? {} : { usage }),
    },
  };
};
