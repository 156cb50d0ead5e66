import { Fault } from "#platform";

/** Who waits inside a call for an approval to be decided. */
export const createWaiters = () => {
  const waiting = new Map<string, Set<(end: "decided" | "closed") => void>>();
  let isClosed = false;

  /** Resolves when one is decided, the time is over or the signal says so; rejects when this process ends. */
  const wait = (
    ids: readonly string[],
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (how: "decided" | "closed"): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", decided);
        for (const id of ids) {
          const those = waiting.get(id);
          those?.delete(end);
          if (those?.size === 0) waiting.delete(id);
        }
        if (how === "decided") resolve();
        else reject(new Fault("overloaded", { detail: "this process ends", retryAfterSeconds: 5 }));
      };
      const decided = (): void => end("decided");
      const timer = setTimeout(decided, timeoutMs);
      signal?.addEventListener("abort", decided);
      for (const id of ids) {
        const those = waiting.get(id) ?? new Set();
        waiting.set(id, those);
        those.add(end);
      }
      if (isClosed) end("closed");
      else if (signal?.aborted === true) end("decided");
    });

  return {
    wait,
    wake: (id: string): void => {
      for (const end of waiting.get(id) ?? []) end("decided");
    },
    /** Ends every wait, and those that begin later at once. */
    close: (): void => {
      isClosed = true;
      for (const those of waiting.values()) for (const end of those) end("closed");
    },
  };
};
