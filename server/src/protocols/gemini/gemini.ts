import { NO_REQUEST, type Decoded, type DecodedRequest, type Endpoint, type Protocol } from "../protocol.ts";
import { errorBody, refusal, refusalStream } from "./answers.ts";
import { decodeRequest, decodeStreamRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const NOTHING: Decoded<DecodedRequest> = { ok: true, value: NO_REQUEST };
const ALT = { alt: /^json$/ };
const PAGE = { ...ALT, pageSize: /^[0-9]{1,4}$/, pageToken: /^[\w=-]{1,200}$/ };

const reading = (method: Endpoint["method"], path: string, query: Endpoint["query"] = ALT): Endpoint => ({
  name: `${method} ${path}`,
  method,
  path,
  query,
  body: "none",
  decodeRequest: () => NOTHING,
  decodeResponse,
});

const sending = (path: string, more: Partial<Endpoint> = {}): Endpoint => ({
  name: `POST ${path}`,
  method: "POST",
  path,
  query: ALT,
  body: "json",
  decodeRequest,
  decodeResponse,
  ...more,
});

const MODEL = "/{version}/models/{model}";
const KEPT = "/{version}/cachedContents";

/** The Gemini API: answers, streams, counts, vectors, models, and contents that the provider keeps. */
export const GEMINI: Protocol = {
  id: "gemini",
  endpoints: [
    sending(`${MODEL}:generateContent`, { refusal }),
    sending(`${MODEL}:streamGenerateContent`, {
      query: { alt: /^(?:json|sse)$/ },
      decodeRequest: decodeStreamRequest,
      framing: "array",
      streamDecoder: createStreamDecoder,
      refusal,
      refusalStream,
    }),
    sending(`${MODEL}:countTokens`),
    sending(`${MODEL}:embedContent`),
    sending(`${MODEL}:batchEmbedContents`),
    reading("GET", "/{version}/models", PAGE),
    reading("GET", MODEL),
    sending(KEPT),
    reading("GET", KEPT, PAGE),
    reading("GET", `${KEPT}/{cache}`),
    reading("DELETE", `${KEPT}/{cache}`),
  ],
  error: errorBody,
  credential: { header: "x-goog-api-key", prefix: "", query: "key", also: ["authorization"] },
  headers: {
    forwarded: ["x-goog-api-client", "x-goog-user-project", "x-server-timeout"],
    returned: ["server-timing", "x-gemini-service-tier"],
    account: ["x-goog-user-project"],
  },
};
