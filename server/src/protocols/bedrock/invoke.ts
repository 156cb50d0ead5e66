import type { ScannedJson } from "#platform";
import { decodeRequest as decodeMessages } from "../anthropic/decode-request.ts";
import { decodeResponse as decodeMessage } from "../anthropic/decode-response.ts";
import { createStreamDecoder as createMessageDecoder } from "../anthropic/stream-decoder.ts";
import { badEvent, scanEvent } from "../json/event-texts.ts";
import { isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import { readStrings, withOpaque, type StringDialect } from "../json/read-strings.ts";
import type {
  BlockNotice,
  Decoded,
  DecodedRequest,
  DecodedResponse,
  StreamDecoder,
  StreamEvent,
  StreamMessage,
} from "../protocol.ts";
import { blockedStream, failedStream } from "./answers.ts";

const NOTHING: ReadonlySet<string> = new Set();
const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/** A body of whatever model: each string is somebody's text. */
const plainStrings = (provenance: "user" | "model"): StringDialect => ({
  placeOf: (steps) => ({ role: steps[0] ?? "", provenance }),
  isWord: () => false,
  opaqueFields: NOTHING,
  isOpaqueField: () => true,
  sealFields: NOTHING,
});

/** Fields of the models that take one text and answer one. A body with others is of a shape that nobody knows here. */
const KNOWN_REQUEST = words(
  "inputText textGenerationConfig prompt max_gen_len max_tokens temperature top_p top_k stop dimensions normalize embeddingTypes texts input_type embedding_types truncate",
);
const KNOWN_ANSWER = words(
  "results inputTextTokenCount inputTextTokenCounts generation prompt_token_count generation_token_count stop_reason outputs embedding embeddings embeddingsByType id texts response_type message",
);

const isMessages = (value: unknown): boolean => isObject(value) && typeof value["anthropic_version"] === "string";

const decodeInvoke = (body: ScannedJson, stream: boolean): Decoded<DecodedRequest> => {
  const { value } = body;
  if (isMessages(value)) {
    const decoded = decodeMessages(body);
    return decoded.ok ? { ok: true, value: { ...decoded.value, stream } } : decoded;
  }
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_request", message: "The body must be an object", pointer: "" } };
  const { segments, opaque } = readStrings(body, plainStrings("user"), "request", 0);
  const isKnown = Object.keys(value).every((key) => KNOWN_REQUEST.has(key));
  return {
    ok: true,
    value: {
      segments,
      unscannable: isKnown
        ? withOpaque([], opaque)
        : [{ pointer: "", provenance: "user", reason: "a body of unknown shape" }],
      model: "",
      stream,
      session: "",
      user: "",
      fingerprint: [],
      toolNames: [],
      tokensMax: 0,
    },
  };
};

/** A body as its model takes it: Anthropic's messages, a text of Titan, Llama, Mistral or Cohere, or unknown. */
export const decodeInvokeRequest = (body: ScannedJson): Decoded<DecodedRequest> => decodeInvoke(body, false);

export const decodeInvokeStreamRequest = (body: ScannedJson): Decoded<DecodedRequest> => decodeInvoke(body, true);

const isMessage = (value: JsonObject): boolean => value["type"] === "message" || value["type"] === "error";

export const decodeInvokeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value) || isMessage(value)) return decodeMessage(body, firstIndex);
  const { segments, opaque } = readStrings(body, plainStrings("model"), "response", firstIndex);
  const isKnown = Object.keys(value).every((key) => KNOWN_ANSWER.has(key));
  return {
    ok: true,
    value: {
      segments,
      unscannable: isKnown
        ? withOpaque([], opaque)
        : [{ pointer: "", provenance: "model", reason: "an answer of unknown shape" }],
      toolCalls: [],
      dependents: [],
      model: "",
    },
  };
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const wrapped = (data: string): string => JSON.stringify({ chunk: { bytes: Buffer.from(data).toString("base64") } });

/** Events of a model, each in base64 within an event of the stream. */
class InvokeStreamDecoder implements StreamDecoder {
  readonly #inner = createMessageDecoder();

  decode(data: string): Decoded<StreamEvent> {
    const scan = scanEvent(data);
    if (!scan.ok) return scan;
    const { value: body, leaves, keys } = scan.value;
    const chunk = objectAt(body, "chunk");
    const bytes = stringAt(chunk, "bytes");
    if (bytes === "") return exceptionOf(body, data);
    const isPlain = leaves.length === 1 || (leaves.length === 2 && PADDING.startsWith(stringAt(chunk, "p")));
    if (!isPlain || keys.length > 0 || !BASE64.test(bytes)) return badEvent("A chunk holds more than its bytes");
    const text = Buffer.from(bytes, "base64").toString("utf8");
    const inner = this.#inner.decode(text);
    if (!inner.ok) return inner;
    const { name: _name, ...event } = inner.value;
    return {
      ok: true,
      value: {
        ...event,
        // The message has ended; how the provider ends the stream is its own.
        done: false,
        unfinished: inner.value.done ? 0 : event.unfinished,
        rewrite: (deltas) => {
          const next = inner.value.rewrite(deltas);
          return next === text ? data : wrapped(next);
        },
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    return { data: wrapped(this.#inner.flush(channel, delta).data) };
  }

  blocked(notice: BlockNotice): readonly StreamMessage[] {
    return blockedStream(notice);
  }

  failed(notice: { readonly code: string; readonly message: string }): readonly StreamMessage[] {
    return failedStream(notice);
  }
}

const PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const exceptionOf = (body: unknown, data: string): Decoded<StreamEvent> => {
  const [name = ""] = isObject(body) ? Object.keys(body) : [];
  if (!name.endsWith("Exception")) return badEvent("An event holds no chunk");
  // An exception's words are told in other ones: no detector has a place for them here.
  const message = "The model's stream failed";
  const own = JSON.stringify({ [name]: { message } });
  const value = { texts: [], ends: [], unfinished: 1, done: false, unscannable: [], error: message };
  return { ok: true, value: { ...value, rewrite: () => (own === data ? data : own) } };
};

export const createInvokeStreamDecoder = (): StreamDecoder => new InvokeStreamDecoder();
