import type { Endpoint } from "../protocol.ts";
import { decodeMedia, decodeMediaAnswer as decodeResponse } from "./decode.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

/** A picture in base64 is one event. */
const EVENT_BYTES_MAX = 16 * 1024 * 1024;

const sending = (
  path: string,
  body: "json" | "form",
  decodeRequest: Endpoint["decodeRequest"],
  rest: Partial<Endpoint> = {},
): Endpoint => ({ name: `POST ${path}`, method: "POST", path, body, decodeRequest, decodeResponse, ...rest });

const STREAMED = { streamDecoder: createStreamDecoder, eventBytesMax: EVENT_BYTES_MAX };

/**
 * OpenAI's images and audio: the words that go with them are inspected, the pictures and sounds are not, and are named
 * so. Speech that comes back as bytes is passed on when it is whole.
 */
export const MEDIA: readonly Endpoint[] = [
  sending("/images/generations", "json", decodeMedia("prompt", "image"), STREAMED),
  sending("/images/edits", "form", decodeMedia("prompt", "image"), STREAMED),
  sending("/images/variations", "form", decodeMedia("prompt", "image", false)),
  sending("/audio/transcriptions", "form", decodeMedia("prompt", "audio", false), { ...STREAMED, answer: "any" }),
  sending("/audio/translations", "form", decodeMedia("prompt", "audio", false), { answer: "any" }),
  sending("/audio/speech", "json", decodeMedia("input", "audio"), { ...STREAMED, answer: "any" }),
];
