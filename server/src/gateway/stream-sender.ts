import type { ServerResponse } from "node:http";
import type { Outgoing } from "#pipeline";
import type { Departure } from "./departure.ts";
import { SSE, type StreamFraming } from "./stream-framing.ts";

/** Writes events to the caller, no faster than the caller reads. */
export interface StreamSender {
  readonly send: (outgoing: readonly Outgoing[]) => Promise<void>;
  readonly heartbeat: () => void;
  /** Ends the answer; nothing is sent after. */
  readonly end: () => void;
}

export const createStreamSender = (
  response: ServerResponse,
  headers: () => Readonly<Record<string, string>>,
  caller: Departure,
  readerMs: number,
  framing: StreamFraming = SSE,
): StreamSender => {
  let sent = 0;
  /** An event's bytes, with what stands before it. */
  const written = (one: Outgoing): Buffer => {
    const bytes = one.kind === "raw" ? one.raw : Buffer.from(framing.format(one));
    const { list } = framing;
    sent += 1;
    return list === undefined ? bytes : Buffer.concat([Buffer.from(sent === 1 ? list.open : list.between), bytes]);
  };
  const begin = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, {
      ...headers(),
      "content-type": framing.contentType,
      "x-accel-buffering": "no",
    });
  };

  return {
    send: async (outgoing) => {
      if (outgoing.length === 0 || response.destroyed) return;
      begin();
      const pieces = outgoing.map(written);
      const whole = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
      if (response.write(whole)) return;
      // A caller that left reads no more; the loop that sends notices.
      await new Promise<void>((resolve) => {
        const late = setTimeout(() => {
          caller.go(`the caller took nothing for ${readerMs} ms`);
          response.destroy();
        }, readerMs);
        let stopWaiting: (() => void) | undefined;
        const go = (): void => {
          clearTimeout(late);
          stopWaiting?.();
          response.off("drain", go);
          resolve();
        };
        response.once("drain", go);
        stopWaiting = caller.onGone(go);
      });
    },
    end: () => {
      const { list } = framing;
      if (list === undefined || response.destroyed || !response.headersSent) response.end();
      else response.end((sent === 0 ? list.open : "") + list.close);
    },
    heartbeat: () => {
      // Nobody waits for these: to a caller that does not read they would only pile up.
      const isRead = response.headersSent && !response.destroyed && !response.writableNeedDrain;
      if (isRead && framing.heartbeat !== "") response.write(framing.heartbeat);
    },
  };
};
