/** Who waits inside a call for an approval to be decided. */
export const createWaiters = () => {
  const waiting = new Map<string, Set<() => void>>();

  const wait = (
    ids: readonly string[],
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        for (const id of ids) {
          const those = waiting.get(id);
          those?.delete(done);
          if (those?.size === 0) waiting.delete(id);
        }
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal?.addEventListener("abort", done);
      for (const id of ids) {
        const those = waiting.get(id) ?? new Set();
        waiting.set(id, those);
        those.add(done);
      }
      if (signal?.aborted === true) done();
    });

  return {
    wait,
    wake: (id: string): void => {
      for (const done of waiting.get(id) ?? []) done();
    },
    /** Ends every wait. */
    close: (): void => {
      for (const those of waiting.values()) for (const done of those) done();
    },
  };
};
