import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "#platform";
import { isSigned, isSignedWith, presents } from "./credentials.ts";
import type { Feeds } from "./feeds.ts";
import type { FeedParts, Intake, Outcome } from "./intake.ts";
import { isProtobuf, OTLP_SIGNALS, otlpFailure, otlpSuccess, type OtlpSignal } from "./otlp-answer.ts";
import { readPayload } from "./read-payload.ts";

const BODY_BYTES_MAX = 64 * 1024 * 1024;
/** A signature can only be checked over the body, so this much is read of whoever has none other. */
const SIGNED_BYTES_MAX = 1024 * 1024;
/** Bodies in memory at once, of all senders. */
const BODIES_BYTES_MAX = 128 * 1024 * 1024;
/** Of these, bodies whose sender is not known yet: strangers must not take the room of others. */
const STRANGERS_BYTES_MAX = 8 * 1024 * 1024;
const OTLP = "otlp";
/** `google.rpc.Code`. */
const RPC = { 400: 3, 401: 16, 404: 5, 405: 12, 413: 8, 415: 3, 429: 8, 503: 14 } as const;
type ErrorStatus = keyof typeof RPC;

/** Whether the caller is one of ours: the administrator, a gateway, or a command on this machine. */
export type Insider = (request: IncomingMessage) => Promise<boolean>;

export interface HttpDoorOptions {
  readonly feeds: Feeds;
  readonly intake: Intake;
  /** Who may send without a configured source's credential. */
  readonly insider: Insider;
  readonly ready: () => boolean;
  readonly clock: Clock;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSeconds?: number;
  readonly outcome?: Outcome;
}

/** `POST /ingest/<source>` and `POST /otlp/v1/<signal>`. Success is said after a durable append, never before. */
export const createHttpDoor = ({ feeds, intake, insider, ready, clock }: HttpDoorOptions): Handler => {
  const held = { known: 0, strangers: 0 };

  const candidates = async (request: IncomingMessage, name: string, signal: OtlpSignal | undefined) => {
    const configured =
      signal === undefined
        ? [feeds.find(name)].filter((one) => one !== undefined)
        : feeds.all().filter(({ feed }) => feed.source.id === OTLP);
    const pushed = configured.filter(({ feed }) => feed.credential !== undefined);
    const own = pushed.find(({ feed }) => presents(request.headers, feed.credential ?? ""));
    if (own !== undefined) return { own, pushed };
    if (!(await insider(request))) return { own: undefined, pushed };
    return { own: configured[0] ?? (await feeds.findOrMake(name)), pushed, isInsider: true };
  };

  const handle = async (request: IncomingMessage, name: string, signal: OtlpSignal | undefined): Promise<Answer> => {
    if (request.method !== "POST") return { status: 405, body: { error: "telemetry is sent with POST" } };
    const { own, pushed, isInsider } = await candidates(request, name, signal);
    const mayBeSigned = own === undefined && pushed.length > 0 && isSigned(request.headers);
    if (own === undefined && !mayBeSigned)
      return isInsider === true ? unknownSource(name, feeds) : refused(name, pushed);
    if (!ready()) return later(1, "starting; send it again");
    const contentType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    if (signal !== undefined && isProtobuf(contentType) === undefined)
      return { status: 415, body: { error: "OTLP is application/x-protobuf or application/json" } };
    const reserved = own === undefined ? SIGNED_BYTES_MAX : Math.min(BODY_BYTES_MAX, sizeOf(request));
    const who = own === undefined ? "strangers" : "known";
    if (held[who] + reserved > (own === undefined ? STRANGERS_BYTES_MAX : BODIES_BYTES_MAX))
      return later(1, "too much arrives at once; send it again");
    held[who] += reserved;
    try {
      const payload = await readPayload(request, own === undefined ? SIGNED_BYTES_MAX : BODY_BYTES_MAX);
      if (!payload.ok) return { status: payload.status, body: { error: payload.reason } };
      const parts =
        own ??
        pushed.find(({ feed }) => isSignedWith(request.headers, payload.raw, feed.credential ?? "", clock.now()));
      if (parts === undefined) return refused(name, pushed);
      return answerOf(
        await intake.take(parts, { bytes: payload.bytes, contentType, ...(signal !== undefined && { signal }) }),
      );
    } finally {
      held[who] -= reserved;
    }
  };

  return async (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const signal = OTLP_SIGNALS.find((one) => path === `/otlp/v1/${one}`);
    const name = signal === undefined ? (/^\/ingest\/([a-z0-9][a-z0-9._-]{0,79})$/.exec(path)?.[1] ?? "") : OTLP;
    const answer =
      name === ""
        ? { status: 404, body: { error: "telemetry is sent to /ingest/<source> or /otlp/v1/traces, logs, metrics" } }
        : await handle(request, name, signal);
    send(request, response, answer, signal);
  };
};

/** What a body may take in memory: what it declares, or the most where it does not say or is compressed. */
const sizeOf = ({ headers }: IncomingMessage): number => {
  const declared = Number(headers["content-length"]);
  return Number.isSafeInteger(declared) && headers["content-encoding"] === undefined ? declared : 8 * 1024 * 1024;
};

const later = (retryAfterSeconds: number, error: string): Answer => ({
  status: 503,
  body: { error },
  retryAfterSeconds,
});

const answerOf = (outcome: Outcome): Answer => {
  switch (outcome.kind) {
    case "refused":
      return { status: 429, body: { error: outcome.reason }, retryAfterSeconds: outcome.retryAfterSeconds };
    case "unavailable":
      return later(5, "cannot be stored now; send it again");
    case "taken": {
      const { kind: _kind, unreadable, reason, ...counts } = outcome;
      const body = { ...counts, ...(reason !== undefined && { reason }) };
      return { status: unreadable ? 400 : 202, body, outcome };
    }
  }
};

const unknownSource = (name: string, { catalogue }: Feeds): Answer => ({
  status: 404,
  body: { error: `there is no source "${name}"; there are ${catalogue.map(({ id }) => id).join(", ")}` },
});

const refused = (name: string, pushed: readonly FeedParts[]): Answer => ({
  status: 401,
  body: {
    error:
      pushed.length > 0
        ? `the credential of source "${name}" is needed: authorization: Bearer …, x-api-key, x-webhook-secret, basic authentication, or a webhook's signature`
        : `no source "${name}" is configured. Add to parapet.yaml: sources: [{ id: ${name}, kind: …, credential: \${NAME} }] and send that credential as authorization: Bearer …; without sources, an administrator's token is taken from this machine`,
  },
});

const isErrorStatus = (status: number): status is ErrorStatus => Object.hasOwn(RPC, status);

const send = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, retryAfterSeconds, outcome }: Answer,
  signal: OtlpSignal | undefined,
): void => {
  const headers = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
    ...(status === 401 && { "www-authenticate": 'Bearer realm="parapet"' }),
    ...(status === 405 && { allow: "POST" }),
  };
  // What was not read of the body would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  if (signal === undefined) {
    response.writeHead(status, { ...headers, "content-type": "application/json" });
    response.end(`${JSON.stringify(body)}\n`);
    return;
  }
  const protobuf = request.headers["content-type"]?.startsWith("application/x-protobuf") === true;
  const isTaken = outcome?.kind === "taken" && status === 202;
  const message = typeof body === "object" && body !== null && "error" in body ? String(body.error) : "not readable";
  const said = outcome?.kind === "taken" ? (outcome.reason ?? message) : message;
  const answer = isTaken
    ? otlpSuccess(signal, protobuf, outcome)
    : otlpFailure(protobuf, isErrorStatus(status) ? RPC[status] : 13, said);
  response.writeHead(isTaken ? 200 : status, { ...headers, "content-type": answer.contentType });
  response.end(answer.body);
};
