/** Whether and when a caller left or a call was given up; an AbortController costs more than a whole small exchange's bookkeeping. */
export interface Departure {
  readonly isGone: () => boolean;
  /** `why`: when it did not leave of its own accord. The first call counts. */
  readonly go: (why?: string) => void;
  readonly why: () => string | undefined;
  /** Calls back once, at once when already gone. Answers how to stop waiting. */
  readonly onGone: (listener: () => void) => () => void;
}

export const createDeparture = (): Departure => {
  let gone = false;
  let reason: string | undefined;
  let listeners: Set<() => void> | undefined;
  return {
    isGone: () => gone,
    why: () => reason,
    go: (why) => {
      if (gone) return;
      gone = true;
      reason = why;
      for (const listener of listeners ?? []) listener();
      listeners = undefined;
    },
    onGone: (listener) => {
      if (gone) listener();
      else (listeners ??= new Set()).add(listener);
      return () => listeners?.delete(listener);
    },
  };
};
