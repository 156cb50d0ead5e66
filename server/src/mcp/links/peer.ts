import { Fault } from "#platform";
import { mcp } from "#protocols";
import type { Ask, LinkBounds, LinkListener } from "./link.ts";

interface Waiting {
  readonly ask: Ask;
  readonly settle: (answer: mcp.RpcAnswer) => void;
  readonly fail: (fault: Fault) => void;
}

/** Requests in flight that one conversation may have. */
const WAITING_MAX = 512;

export interface Peer {
  /** Sends by `write` and waits for the answer that `receive` is handed. */
  readonly ask: (ask: Ask, write: (bytes: Buffer, id: number) => Promise<void>) => Promise<mcp.RpcAnswer>;
  /** Takes one message of the server. Answers false where it is none. */
  readonly receive: (bytes: Buffer, during?: Ask) => boolean;
  readonly isWaiting: (id: number) => boolean;
  readonly fail: (id: number, fault: Fault) => void;
  readonly failAll: (fault: Fault) => void;
}

/** Our half of JSON-RPC: ids are our own, so that no client's reaches a server, and a server's answer finds its request once. */
export const createPeer = (bounds: LinkBounds, listener: LinkListener): Peer => {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  const ask: Peer["ask"] = (asked, write) =>
    new Promise((resolve, reject) => {
      if (waiting.size >= WAITING_MAX) {
        reject(new Fault("overloaded", { retryAfterSeconds: 1, detail: "too many requests wait for one server" }));
        return;
      }
      lastId += 1;
      const id = lastId;
      const over = (): void => {
        clearTimeout(timer);
        asked.signal?.removeEventListener("abort", onAbort);
        waiting.delete(id);
      };
      const fail = (fault: Fault): void => {
        over();
        reject(fault);
      };
      const onAbort = (): void => fail(new Fault("upstream_reset", { detail: "the request was given up" }));
      const late = (): void => fail(new Fault("upstream_timeout", { detail: `no answer in ${bounds.answerMs} ms` }));
      const timer = asked.lasts === true ? undefined : setTimeout(late, bounds.answerMs);
      const settle = (answer: mcp.RpcAnswer): void => {
        over();
        resolve(answer);
      };
      waiting.set(id, { ask: asked, settle, fail });
      if (asked.signal?.aborted === true) return onAbort();
      asked.signal?.addEventListener("abort", onAbort);
      write(mcp.callBytes(id, asked.method, asked.params), id).catch((error: unknown) =>
        fail(error instanceof Fault ? error : new Fault("upstream_reset", { cause: error, detail: String(error) })),
      );
      return undefined;
    });

  const receive: Peer["receive"] = (bytes, during) => {
    const read = mcp.readMessage(bytes, bounds.depthMax);
    if (!read.ok) return false;
    const { message } = read;
    if (message.kind === "request" || message.kind === "notification") {
      (during?.onMessage ?? listener.onMessage)(message);
      return true;
    }
    // Ids are ours and whole numbers; anything else answers nothing.
    if (typeof message.id === "number") waiting.get(message.id)?.settle(message);
    return true;
  };

  return {
    ask,
    receive,
    isWaiting: (id) => waiting.has(id),
    fail: (id, fault) => waiting.get(id)?.fail(fault),
    failAll: (fault) => {
      for (const { fail } of waiting.values()) fail(fault);
    },
  };
};
