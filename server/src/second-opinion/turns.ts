/** Lets so many work at once, and so many wait, first come first served. */
export const createTurns = (atOnce: number, waitingMax: number) => {
  let working = 0;
  const waiting = new Set<() => void>();
  const release = (): void => {
    working -= 1;
    const [next] = waiting;
    if (next !== undefined) next();
  };
  /** To be called once; a second call changes nothing. */
  const begin = (): (() => void) => {
    working += 1;
    let done = false;
    return () => {
      if (done) return;
      done = true;
      release();
    };
  };
  return {
    hasRoom: (): boolean => working < atOnce || waiting.size < waitingMax,
    /** Answers what ends the turn; undefined when the signal came before the turn did. */
    take: (signal: AbortSignal): Promise<(() => void) | undefined> => {
      if (working < atOnce) return Promise.resolve(begin());
      return new Promise((resolve) => {
        const leave = (turn: (() => void) | undefined): void => {
          waiting.delete(start);
          signal.removeEventListener("abort", giveUp);
          resolve(turn);
        };
        const start = (): void => leave(begin());
        const giveUp = (): void => leave(undefined);
        waiting.add(start);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
};
