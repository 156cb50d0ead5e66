/** Whether and when a caller left or a call was given up; an AbortController costs more than a whole small exchange's bookkeeping. */
export interface Departure {
  readonly isGone: () => boolean;
  readonly go: () => void;
  /** Calls back once, at once when already gone. Answers how to stop waiting. */
  readonly onGone: (listener: () => void) => () => void;
}

export const createDeparture = (): Departure => {
  let gone = false;
  const listeners = new Set<() => void>();
  return {
    isGone: () => gone,
    go: () => {
      if (gone) return;
      gone = true;
      for (const listener of listeners) listener();
      listeners.clear();
    },
    onGone: (listener) => {
      if (gone) listener();
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
