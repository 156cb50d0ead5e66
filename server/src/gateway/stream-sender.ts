import type { ServerResponse } from "node:http";
import type { Outgoing } from "#pipeline";
import type { Departure } from "./departure.ts";
import { SSE, type StreamFraming } from "./stream-framing.ts";

/** Writes events to the caller, no faster than the caller reads. */
export interface StreamSender {
  readonly send: (outgoing: readonly Outgoing[]) => Promise<void>;
  readonly heartbeat: () => void;
}

export const createStreamSender = (
  response: ServerResponse,
  headers: () => Readonly<Record<string, string>>,
  caller: Departure,
  readerMs: number,
  framing: StreamFraming = SSE,
): StreamSender => {
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
      const pieces = outgoing.map((one) => (one.kind === "raw" ? one.raw : Buffer.from(framing.format(one))));
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
    heartbeat: () => {
      // Nobody waits for these: to a caller that does not read they would only pile up.
      const isRead = response.headersSent && !response.destroyed && !response.writableNeedDrain;
      if (isRead && framing.heartbeat !== "") response.write(framing.heartbeat);
    },
  };
};
