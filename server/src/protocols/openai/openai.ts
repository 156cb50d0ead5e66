import { NO_REQUEST, type Decoded, type DecodedRequest, type Protocol } from "../protocol.ts";
import { RESPONSES } from "../openai-responses/responses.ts";
import { TEXTS } from "../openai-texts/texts.ts";
import { errorBody, refusal, refusalStream } from "./answers.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const ACCOUNT = ["openai-organization", "openai-project"];
const NOTHING: Decoded<DecodedRequest> = { ok: true, value: NO_REQUEST };

/** OpenAI's HTTP API, as spoken by OpenAI and by every server that calls itself compatible. */
export const OPENAI: Protocol = {
  id: "openai",
  endpoints: [
    {
      name: "POST /chat/completions",
      method: "POST",
      path: "/chat/completions",
      body: "json",
      decodeRequest,
      decodeResponse,
      streamDecoder: createStreamDecoder,
      refusal,
      refusalStream,
    },
    { name: "GET /models", method: "GET", path: "/models", body: "none", decodeRequest: () => NOTHING, decodeResponse },
    {
      name: "GET /models/{model}",
      method: "GET",
      path: "/models/{model}",
      body: "none",
      decodeRequest: () => NOTHING,
      decodeResponse,
    },
    ...RESPONSES,
    ...TEXTS,
  ],
  error: errorBody,
  credential: { header: "authorization", prefix: "Bearer " },
  headers: {
    forwarded: ["openai-beta", ...ACCOUNT],
    returned: [
      "openai-model",
      "openai-organization",
      "openai-processing-ms",
      "openai-version",
      "x-ratelimit-limit-requests",
      "x-ratelimit-limit-tokens",
      "x-ratelimit-remaining-requests",
      "x-ratelimit-remaining-tokens",
      "x-ratelimit-reset-requests",
      "x-ratelimit-reset-tokens",
    ],
    account: ACCOUNT,
  },
};
