import type { IncomingMessage } from "node:http";
import { PROTOCOLS } from "#protocols";
import type { ShownHeader } from "./messages.ts";

export type Direction = "request" | "response";

/** What Envoy is told to change of headers. */
export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** A message to Envoy, as the codec takes it. */
export type Told = Readonly<Record<string, unknown>>;

const OVERWRITE = 2;
const NO_CHANGES: HeaderChanges = { set: {}, remove: [] };

const mutation = ({ set, remove }: HeaderChanges): Told => ({
  setHeaders: Object.entries(set).map(([key, value]) => ({
    header: { key, rawValue: Buffer.from(value, "latin1") },
    appendAction: OVERWRITE,
  })),
  removeHeaders: remove,
});

export const headersAnswer = (direction: Direction, changes = NO_CHANGES): Told => ({
  [`${direction}Headers`]: { response: { headerMutation: mutation(changes) } },
});

/** `body`: in place of what was shown; undefined leaves it. */
export const bodyAnswer = (direction: Direction, body: Buffer | undefined, changes = NO_CHANGES): Told => ({
  [`${direction}Body`]: {
    response: {
      headerMutation: mutation(changes),
      ...(body !== undefined && { bodyMutation: body.length === 0 ? { clearBody: true } : { body } }),
    },
  },
});

/** Envoy takes no larger pieces kindly. */
const PIECE_BYTES_MAX = 64 * 1024;

/** A body as pieces of its own, where Envoy sends on what it is told and not what it showed. */
export const streamedAnswers = (direction: Direction, bytes: Buffer, isEnd: boolean): readonly Told[] => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES_MAX) pieces.push(bytes.subarray(at, at + PIECE_BYTES_MAX));
  if (pieces.length === 0 && isEnd) pieces.push(Buffer.alloc(0));
  return pieces.map((body, index) => ({
    [`${direction}Body`]: {
      response: {
        bodyMutation: { streamedResponse: { body, endOfStream: isEnd && index === pieces.length - 1 } },
      },
    },
  }));
};

export const trailersAnswer = (direction: Direction): Told => ({ [`${direction}Trailers`]: {} });

/** Envoy answers by itself, with these. */
export const immediateAnswer = (status: number, headers: Readonly<Record<string, string>>, body: Buffer): Told => ({
  immediateResponse: {
    status: { code: status },
    headers: mutation({ set: headers, remove: [] }),
    body,
    details: "parapet",
  },
});

/** What the records call the exchange, for Envoy's access log and for the filters behind. */
export const metadataOf = (headers: Readonly<Record<string, string>>): Told => ({
  fields: Object.fromEntries(
    ["exchange", "verdict", "policy"].flatMap((name) => {
      const stringValue = headers[`x-parapet-${name}`];
      return stringValue === undefined ? [] : [[name, { stringValue }]];
    }),
  ),
});

/** Headers of the gateway's answer that name the exchange. */
export const ownHeaders = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-parapet-")));

const OF_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "date"]);

/** Headers of an answer that the gateway gives by itself. */
export const plainHeaders = ({ headers }: Pick<IncomingMessage, "headers">): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" && !OF_CONNECTION.has(name) ? [[name, value]] : [],
    ),
  );

/** What a request's headers become: unpacked answers, no names of callers' own making, what the gateway sends on. */
export const requestChanges = (
  shown: readonly ShownHeader[],
  sent?: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): HeaderChanges => {
  const before = new Map(shown);
  const set: Record<string, string> = { ...own };
  if (before.has("accept-encoding")) set["accept-encoding"] = "identity";
  for (const [name, value] of Object.entries(sent ?? {}))
    if (!KEPT.has(name) && before.get(name) !== value) set[name] = value;
  // A credential that the gateway does not send on is a key of the gateway's own.
  const isOurs = (name: string): boolean =>
    name.startsWith("x-parapet-") || (sent !== undefined && CREDENTIALS.has(name) && sent[name] === undefined);
  const remove = [...before.keys()].filter((name) => isOurs(name) && set[name] === undefined);
  return { set, remove };
};

const CREDENTIALS = new Set(PROTOCOLS.map(({ credential }) => credential.header));

/** Of what the gateway sends on, what stays as the caller wrote it. */
const KEPT = new Set(["accept-encoding", "user-agent", "content-length", "x-parapet-key"]);
