import { NO_REQUEST, type Decoded, type DecodedRequest, type Endpoint, type Protocol } from "../protocol.ts";
import { errorBody, refusal, refusalStream } from "./answers.ts";
import { decodeBatch, decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const NOTHING: Decoded<DecodedRequest> = { ok: true, value: NO_REQUEST };
/** What the SDK's beta resources add to every path. */
const BETA = { beta: /^true$/ };
const ID = /^[\w-]{1,100}$/;
const PAGE = { ...BETA, limit: /^[0-9]{1,4}$/, after_id: ID, before_id: ID };

const reading = (method: Endpoint["method"], path: string, query: Endpoint["query"] = BETA): Endpoint => ({
  name: `${method} ${path}`,
  method,
  path,
  query,
  body: "none",
  decodeRequest: () => NOTHING,
  decodeResponse,
});

const sending = (path: string, decode: Endpoint["decodeRequest"]): Endpoint => ({
  name: `POST ${path}`,
  method: "POST",
  path,
  query: BETA,
  body: "json",
  decodeRequest: decode,
  decodeResponse,
});

/** Anthropic's HTTP API: Messages, counting their tokens, and batches of them. */
export const ANTHROPIC: Protocol = {
  id: "anthropic",
  endpoints: [
    { ...sending("/v1/messages", decodeRequest), streamDecoder: createStreamDecoder, refusal, refusalStream },
    sending("/v1/messages/count_tokens", decodeRequest),
    sending("/v1/messages/batches", decodeBatch),
    reading("GET", "/v1/messages/batches", PAGE),
    reading("GET", "/v1/messages/batches/{batch}"),
    reading("POST", "/v1/messages/batches/{batch}/cancel"),
    reading("DELETE", "/v1/messages/batches/{batch}"),
    { ...reading("GET", "/v1/messages/batches/{batch}/results"), answer: "lines" },
    reading("GET", "/v1/models", PAGE),
    reading("GET", "/v1/models/{model}"),
  ],
  error: errorBody,
  credential: { header: "x-api-key", prefix: "", also: ["authorization"] },
  headers: {
    forwarded: ["anthropic-version", "anthropic-beta", "anthropic-workspace-id"],
    returned: [
      "request-id",
      "anthropic-organization-id",
      "anthropic-workspace-id",
      "anthropic-ratelimit-requests-limit",
      "anthropic-ratelimit-requests-remaining",
      "anthropic-ratelimit-requests-reset",
      "anthropic-ratelimit-tokens-limit",
      "anthropic-ratelimit-tokens-remaining",
      "anthropic-ratelimit-tokens-reset",
      "anthropic-ratelimit-input-tokens-limit",
      "anthropic-ratelimit-input-tokens-remaining",
      "anthropic-ratelimit-input-tokens-reset",
      "anthropic-ratelimit-output-tokens-limit",
      "anthropic-ratelimit-output-tokens-remaining",
      "anthropic-ratelimit-output-tokens-reset",
    ],
    account: ["anthropic-workspace-id"],
  },
};
