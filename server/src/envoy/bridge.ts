import type { Upstream, UpstreamRequest, UpstreamResponse } from "#gateway";
import { Fault } from "#platform";

/** Where the gateway would ask a model's server, and Envoy does instead. */
export interface Bridge {
  /** For the gateway. */
  readonly upstream: Upstream;
  /** What the gateway lets go, once it does. */
  readonly letGo: Promise<UpstreamRequest>;
  /** The answer as Envoy shows it: its head, its body in pieces, its end. */
  readonly show: (status: number, headers: UpstreamResponse["headers"]) => void;
  readonly push: (bytes: Buffer) => void;
  readonly end: () => void;
  /** No more will be shown, and what was is no whole answer. */
  readonly fail: (fault: Fault) => void;
  /** Resolves when the gateway wants the answer's body. */
  readonly wanted: Promise<void>;
  /** Resolves when the gateway has done with what was shown all that it does before it sees more. */
  readonly settled: () => Promise<void>;
  /** Bytes that the gateway has not looked at yet. */
  readonly waitingBytes: () => number;
}

export interface BridgeTimeouts {
  readonly headersMs: number;
  readonly idleMs: number;
}

export const createBridge = ({ headersMs, idleMs }: BridgeTimeouts): Bridge => {
  const sent = Promise.withResolvers<UpstreamRequest>();
  const head = Promise.withResolvers<UpstreamResponse>();
  const reader = Promise.withResolvers<void>();
  let pieces: Buffer[] = [];
  let waiting = 0;
  let isEnded = false;
  let failure: Fault | undefined;
  /** Nobody looks any more at what comes. */
  let isLeft = false;
  let isQuiet = false;
  let wake: (() => void) | undefined;
  let quiet: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  // Nobody may have asked yet.
  head.promise.catch(() => undefined);

  const settle = (): void => {
    isQuiet = true;
    for (const resolve of quiet) resolve();
    quiet = [];
  };
  const fail = (fault: Fault): void => {
    failure ??= fault;
    clearTimeout(timer);
    head.reject(fault);
    wake?.();
    // Nothing more is waited for.
    settle();
  };
  const limit = (ms: number, what: string): void => {
    clearTimeout(timer);
    timer = setTimeout(() => fail(new Fault("upstream_timeout", { detail: `${what} within ${ms} ms` })), ms);
    timer.unref();
  };
  const read = async function* (): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const taken = pieces;
        pieces = [];
        for (const piece of taken) {
          waiting -= piece.length;
          yield piece;
        }
        if (pieces.length > 0) continue;
        if (failure !== undefined) throw failure;
        if (isEnded) return;
        settle();
        limit(idleMs, "nothing more of the answer was shown");
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
      isLeft = true;
      pieces = [];
      waiting = 0;
      settle();
    }
  };
  const body: UpstreamResponse["body"] = {
    pieces: () => {
      reader.resolve();
      return read();
    },
    collect: async (bytesMax, take) => {
      reader.resolve();
      const all: Buffer[] = [];
      let total = 0;
      for await (const piece of read()) {
        total += piece.length;
        if (total > bytesMax) throw new Fault("upstream_too_large", { detail: `more than ${bytesMax} bytes` });
        take?.(piece.length);
        all.push(piece);
      }
      return Buffer.concat(all, total);
    },
  };

  return {
    upstream: {
      send: (request, call) => {
        const onGone = (): void => {
          const why = call.why();
          fail(new Fault(why === undefined ? "upstream_reset" : "upstream_timeout", { detail: why ?? "given up" }));
        };
        limit(headersMs, "no answer was shown");
        call.onGone(onGone);
        sent.resolve(request);
        return head.promise;
      },
      close: () => Promise.resolve(),
    },
    letGo: sent.promise,
    show: (status, headers) => {
      limit(idleMs, "nothing of the answer's body was shown");
      head.resolve({ status, headers, body });
    },
    push: (bytes) => {
      if (isLeft || failure !== undefined || bytes.length === 0) return;
      clearTimeout(timer);
      pieces.push(bytes);
      waiting += bytes.length;
      isQuiet = false;
      wake?.();
    },
    end: () => {
      clearTimeout(timer);
      isEnded = true;
      wake?.();
    },
    fail,
    wanted: reader.promise,
    settled: () =>
      isQuiet || isLeft
        ? Promise.resolve()
        : new Promise((resolve) => {
            quiet.push(resolve);
          }),
    waitingBytes: () => waiting,
  };
};
