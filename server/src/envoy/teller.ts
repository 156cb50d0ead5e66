import type { IncomingMessage } from "node:http";
import { immediateAnswer, metadataOf, plainHeaders, type Told } from "./answers.ts";

/** Says to Envoy what becomes of what it showed. */
export interface Teller {
  /** Resolves when Envoy takes more. */
  readonly tell: (message: Told) => Promise<void>;
  /** The gateway's own answer, in place of everything else. */
  readonly immediate: (answer: IncomingMessage) => Promise<void>;
  /** The same, where its body was read. */
  readonly immediateOf: (answer: IncomingMessage, body: Buffer) => Promise<void>;
  /** A refusal of what never reached the gateway. */
  readonly refuse: (status: number, message: string) => Promise<void>;
  /** Names the exchange in all that is said from now on. */
  readonly name: (headers: Readonly<Record<string, string>>) => void;
}

/** `send` puts one message on the stream. */
export const createTeller = (send: (message: Told) => Promise<void>): Teller => {
  let metadata: Told | undefined;
  const name: Teller["name"] = (headers) => {
    metadata = { fields: { parapet: { structValue: metadataOf(headers) } } };
  };
  const tell: Teller["tell"] = (message) =>
    send(metadata === undefined ? message : { ...message, dynamicMetadata: metadata });
  const immediateOf: Teller["immediateOf"] = async (answer, body) => {
    const headers = plainHeaders(answer);
    name(headers);
    await tell(immediateAnswer(answer.statusCode ?? 500, headers, body));
  };
  return {
    tell,
    name,
    immediateOf,
    immediate: async (answer) => immediateOf(answer, await collect(answer)),
    refuse: (status, message) => tell(immediateAnswer(status, JSON_HEADERS, refusalBody(message))),
  };
};

/** An answer of the gateway, which bounds it. */
export const collect = async (answer: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of answer) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces);
};

export const JSON_HEADERS = { "content-type": "application/json" };

/** Where not even a protocol is known. */
export const refusalBody = (message: string): Buffer => Buffer.from(JSON.stringify({ error: { message } }));
