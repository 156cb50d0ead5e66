import { Fault } from "#platform";
import { INLINE_BYTES_MAX } from "./examination-pool.ts";
import { joinPieces } from "./shared-bytes.ts";
import type { UpstreamBody } from "./upstream.ts";

/** Above this the sender is paused until the reader has caught up. */
const HIGH_WATER_BYTES = 64 * 1024;

export interface BodyQueue extends UpstreamBody {
  readonly push: (piece: Buffer) => void;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/** Hands pieces from a pushing sender to one reader, with backpressure. */
export const createBodyQueue = (sender: { readonly pause: () => void; readonly resume: () => void }): BodyQueue => {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let paused = false;
  let ended = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  let unlimited = false;

  const signal = (): void => {
    wake?.();
    wake = undefined;
  };
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  const push = (piece: Buffer): void => {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > HIGH_WATER_BYTES && !paused && !unlimited) {
      paused = true;
      sender.pause();
    }
    signal();
  };
  const take = (): Buffer[] => {
    const taken = pieces;
    pieces = [];
    bytes = 0;
    if (paused) {
      paused = false;
      sender.resume();
    }
    return taken;
  };

  const collect: BodyQueue["collect"] = async (bytesMax, takeBytes) => {
    unlimited = true;
    const all: Buffer[] = [];
    let total = 0;
    for (;;) {
      for (const piece of take()) {
        total += piece.length;
        if (total > bytesMax) throw new Fault("upstream_too_large", { detail: `more than ${bytesMax} bytes` });
        takeBytes?.(piece.length);
        all.push(piece);
      }
      if (failure !== undefined) throw failure;
      if (ended && pieces.length === 0) return joinPieces(all, total, INLINE_BYTES_MAX);
      await change();
    }
  };

  const read = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      yield* take();
      if (pieces.length > 0) continue;
      if (failure !== undefined) throw failure;
      if (ended) return;
      await change();
    }
  };

  return {
    collect,
    pieces: read,
    push,
    end: () => {
      ended = true;
      signal();
    },
    fail: (error) => {
      failure = error;
      signal();
    },
  };
};
