/**
 * Runs for the first of a key at once, and for what comes until that is done and `pauseMs` after it once more, with the
 * latest: whoever says the same over and over is not heard more often. `run` does not reject.
 */
export const spaced = <T>(
  pauseMs: number,
  run: (key: string, latest: T) => Promise<void>,
): ((key: string, one: T) => void) => {
  /** By key that was run for lately: what came since. */
  const later = new Map<string, { readonly one: T } | undefined>();

  const begin = async (key: string, one: T): Promise<void> => {
    later.set(key, undefined);
    await run(key, one);
    setTimeout(() => {
      const next = later.get(key);
      later.delete(key);
      if (next !== undefined) void begin(key, next.one);
    }, pauseMs).unref();
  };

  return (key, one) => {
    if (later.has(key)) later.set(key, { one });
    else void begin(key, one);
  };
};
