import { Fault } from "#platform";
import { mcp } from "#protocols";

/** Requests to one client that wait for its answers. */
export interface PendingAsks {
  /** Sends by `send` and waits for the answer. */
  readonly ask: (method: string, params: Buffer | undefined, send: (message: Buffer) => void) => Promise<mcp.RpcAnswer>;
  /** Whether the answer was one that is waited for. */
  readonly settle: (answer: mcp.RpcAnswer) => boolean;
  readonly endAll: () => void;
}

const ASKS_MAX = 64;

/** @param waitMs longest wait for a person or a model behind the client */
export const createPendingAsks = (waitMs: number): PendingAsks => {
  const waiting = new Map<string, { settle: (answer: mcp.RpcAnswer) => void; fail: (fault: Fault) => void }>();
  let lastId = 0;
  return {
    ask: (method, params, send) =>
      new Promise((resolve, reject) => {
        if (waiting.size >= ASKS_MAX)
          return reject(new Fault("overloaded", { detail: "too many questions to one client" }));
        lastId += 1;
        const id = `parapet-${lastId}`;
        const over = (): void => {
          clearTimeout(timer);
          waiting.delete(id);
        };
        const fail = (fault: Fault): void => {
          over();
          reject(fault);
        };
        const timer = setTimeout(
          () => fail(new Fault("upstream_timeout", { detail: `the client did not answer in ${waitMs} ms` })),
          waitMs,
        );
        timer.unref();
        waiting.set(id, {
          settle: (answer) => {
            over();
            resolve(answer);
          },
          fail,
        });
        send(mcp.callBytes(id, method, params));
        return undefined;
      }),
    settle: (answer) => {
      const known = waiting.get(String(answer.id ?? ""));
      known?.settle(answer);
      return known !== undefined;
    },
    endAll: () => {
      for (const { fail } of waiting.values())
        fail(new Fault("upstream_reset", { detail: "the client's session is over" }));
    },
  };
};
