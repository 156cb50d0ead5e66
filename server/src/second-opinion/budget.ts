const MINUTE_MS = 60_000;

/** A bucket that holds a minute's questions and fills up evenly. */
export const createBudget = (perMinute: number) => {
  let left = perMinute;
  let filledMs: number | undefined;
  return {
    /** Takes one question; false when none is left. `nowMs` never goes back. */
    spend: (nowMs: number): boolean => {
      left = Math.min(perMinute, left + ((nowMs - (filledMs ?? nowMs)) * perMinute) / MINUTE_MS);
      filledMs = nowMs;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
};
