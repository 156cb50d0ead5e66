import { NO_REQUEST, type Decoded, type DecodedRequest, type Endpoint, type Protocol } from "../protocol.ts";
import { filesOver } from "../openai-files/files.ts";
import { MEDIA } from "../openai-media/media.ts";
import { decodeResponse as decodeItems } from "../openai-responses/decode-response.ts";
import { RESPONSES } from "../openai-responses/responses.ts";
import { decodeAnswer as decodeText, TEXTS } from "../openai-texts/texts.ts";
import { errorBody, refusal, refusalStream } from "./answers.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const ACCOUNT = ["openai-organization", "openai-project"];
const NOTHING: Decoded<DecodedRequest> = { ok: true, value: NO_REQUEST };

const CHAT: Endpoint = {
  name: "POST /chat/completions",
  method: "POST",
  path: "/chat/completions",
  body: "json",
  decodeRequest,
  decodeResponse,
  streamDecoder: createStreamDecoder,
  refusal,
  refusalStream,
};

/** What would be said in both directions at once, where nobody could look at it before it is heard. */
export const REALTIME_DENIED = {
  path: /^(?:\/openai)?(?:\/v1)?\/realtime(?:\/|$)/,
  message:
    "Realtime sessions are denied here: what is said in them cannot be inspected before it is heard. Use /responses or /chat/completions, plain or streamed.",
};

/** What a batch may ask for. */
const ASKED = [CHAT, ...RESPONSES, ...TEXTS, ...MEDIA];

/** OpenAI's HTTP API, as spoken by OpenAI and by every server that calls itself compatible. */
export const OPENAI: Protocol = {
  id: "openai",
  endpoints: [
    CHAT,
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
    ...MEDIA,
    ...filesOver(ASKED, CHAT, { chat: decodeResponse, response: decodeItems, text: decodeText }),
  ],
  denied: [REALTIME_DENIED],
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
