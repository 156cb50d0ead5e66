import { NO_REQUEST, type Decoded, type DecodedRequest, type Endpoint } from "../protocol.ts";
import { refusal, refusalStream } from "./answers.ts";
import { decodeItems, decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const NOTHING: Decoded<DecodedRequest> = { ok: true, value: NO_REQUEST };
const WORDS = /^[\w.,-]{1,200}$/;
const INCLUDE = { include: WORDS, "include[]": WORDS, "include%5B%5D": WORDS };
const PAGE = { ...INCLUDE, limit: /^[0-9]{1,4}$/, after: WORDS, order: /^(?:asc|desc)$/ };

const reading = (method: Endpoint["method"], path: string, query: Endpoint["query"] = {}): Endpoint => ({
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
  body: "json",
  decodeRequest: decode,
  decodeResponse,
});

/**
 * The Responses API with the conversations it keeps. What runs in the background is read by
 * `GET /responses/{response}`, which is inspected; as a stream it is not read again.
 */
export const RESPONSES: readonly Endpoint[] = [
  { ...sending("/responses", decodeRequest), streamDecoder: createStreamDecoder, refusal, refusalStream },
  sending("/responses/input_tokens", decodeRequest),
  sending("/responses/compact", decodeRequest),
  reading("GET", "/responses/{response}", { ...INCLUDE, stream: /^false$/ }),
  reading("DELETE", "/responses/{response}"),
  reading("POST", "/responses/{response}/cancel"),
  reading("GET", "/responses/{response}/input_items", PAGE),
  sending("/conversations", decodeItems),
  reading("GET", "/conversations/{conversation}"),
  sending("/conversations/{conversation}", decodeItems),
  reading("DELETE", "/conversations/{conversation}"),
  sending("/conversations/{conversation}/items", decodeItems),
  reading("GET", "/conversations/{conversation}/items", PAGE),
  reading("GET", "/conversations/{conversation}/items/{item}", INCLUDE),
  reading("DELETE", "/conversations/{conversation}/items/{item}"),
];
