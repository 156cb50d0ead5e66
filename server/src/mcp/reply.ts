import type { ServerResponse } from "node:http";
import type { Verdict } from "@parapet/model";
import { JSON_TYPE, verdictHeaders } from "#gateway";
import { formatSse } from "#platform";
import type { Served } from "./client.ts";
import { primingEvent, type EventLog, type EventStream, type EventTarget } from "./event-log.ts";

const KEEP_ALIVE_MS = 15_000;
const WAITING_BYTES_MAX = 8 * 1024 * 1024;

const EVENTS_TYPE = "text/event-stream";

/** How a POST is answered: with one message as JSON, or as a stream once something has to be said before it. */
export interface Reply {
  readonly send: (message: Buffer) => void;
  readonly finish: (message: Buffer, about?: Pick<Served, "exchange" | "verdict">, status?: number) => void;
  /** Whether the caller can still be told something: it listens, or may come back. */
  readonly isOpen: () => boolean;
}

export interface ReplyOptions {
  readonly response: ServerResponse;
  readonly exchange: string;
  readonly detail: "policy" | "none";
  readonly headers?: Readonly<Record<string, string>>;
  /** Where events are kept; without it they have no ids and cannot be read again. */
  readonly log?: EventLog | undefined;
  /** Whether the caller's revision knows an event without a message. */
  readonly primes?: boolean;
}

const eventHeaders = { "content-type": EVENTS_TYPE, "x-accel-buffering": "no" } as const;

/** A response as the end of a stream, kept alive by comments. A reader that does not read is let go. */
const eventTarget = (response: ServerResponse): EventTarget => {
  const beat = setInterval(() => response.write(": still here\n\n"), KEEP_ALIVE_MS);
  beat.unref();
  response.on("close", () => clearInterval(beat));
  return {
    write: (text) => {
      response.write(text);
      if (response.writableLength > WAITING_BYTES_MAX) response.destroy();
    },
    end: () => response.end(),
  };
};

export const openEvents = (response: ServerResponse, headers: Readonly<Record<string, string>>): EventTarget => {
  response.writeHead(200, { ...headers, ...eventHeaders });
  response.flushHeaders();
  return eventTarget(response);
};

export const createReply = ({ response, exchange, detail, headers = {}, log, primes = false }: ReplyOptions): Reply => {
  let stream: EventStream | undefined;
  let target: EventTarget | undefined;
  let isFinished = false;

  /** From here on the answer is a stream. */
  const open = (): void => {
    if (target !== undefined || response.destroyed) return;
    const fresh = openEvents(response, { ...verdictHeaders(exchange, ALLOW, detail), ...headers });
    target = fresh;
    stream = log?.open();
    if (stream === undefined) return;
    if (primes) fresh.write(primingEvent(stream));
    stream.attach(fresh, 0);
    const attached = stream;
    response.on("close", () => attached.detach(fresh));
  };
  const push = (message: Buffer): void => {
    if (stream !== undefined) stream.push(message);
    else if (!response.destroyed) target?.write(formatSse(message.toString("utf8"), "message"));
  };
  // What takes long is a stream before something in between gives up waiting.
  const patience = setTimeout(open, KEEP_ALIVE_MS);
  patience.unref();

  return {
    send: (message) => {
      if (isFinished) return;
      open();
      push(message);
    },
    finish: (message, { exchange: own = exchange, verdict } = {}, status = 200) => {
      clearTimeout(patience);
      if (isFinished) return;
      isFinished = true;
      if (target !== undefined) {
        push(message);
        stream?.finish();
        if (stream === undefined) target.end();
        return;
      }
      if (response.destroyed) return;
      const body = message.toString("utf8");
      response.writeHead(status, {
        ...verdictHeaders(own, verdict ?? (status === 200 ? ALLOW : undefined), detail),
        ...headers,
        "content-type": JSON_TYPE,
        "content-length": Buffer.byteLength(body).toString(),
      });
      response.end(body);
    },
    isOpen: () => !isFinished && (stream !== undefined || !response.destroyed),
  };
};

/** The verdict so far of what is still being answered. */
const ALLOW: Verdict = { action: "allow", would: "allow", policies: [], policyVersion: "" };
