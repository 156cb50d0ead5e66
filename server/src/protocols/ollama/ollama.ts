import { NO_REQUEST, type Endpoint, type Protocol } from "../protocol.ts";
import { errorBody, refusalIn } from "./answers.ts";
import { decodeQuiet, decodeRequest, decodeResponse } from "./decode.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const reading = (path: string): Endpoint => ({
  name: `GET ${path}`,
  method: "GET",
  path,
  query: {},
  body: "none",
  decodeRequest: () => ({ ok: true, value: NO_REQUEST }),
  decodeResponse,
});

const sending = (path: string, decode: Endpoint["decodeRequest"]): Endpoint => ({
  name: `POST ${path}`,
  method: "POST",
  path,
  query: {},
  body: "json",
  decodeRequest: decode,
  decodeResponse,
});

const streaming = { framing: "lines", streamDecoder: createStreamDecoder } as const;

/** Ollama's own API. What changes the models of a server (pull, push, create, copy, delete) is denied. */
export const OLLAMA: Protocol = {
  id: "ollama",
  endpoints: [
    { ...sending("/api/chat", decodeRequest), ...streaming, ...refusalIn("message") },
    { ...sending("/api/generate", decodeRequest), ...streaming, ...refusalIn("response") },
    sending("/api/embed", decodeQuiet),
    sending("/api/embeddings", decodeQuiet),
    sending("/api/show", decodeQuiet),
    reading("/api/tags"),
    reading("/api/ps"),
    reading("/api/version"),
  ],
  error: errorBody,
  credential: { header: "authorization", prefix: "Bearer " },
  headers: { forwarded: [], returned: [], account: [] },
};
