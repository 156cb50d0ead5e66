import { FAILED_STATES } from "@parapet/model";

/** Everybody's traffic but Parapet's own. */
export const REAL = "lane = ''";

/** SQL conditions over an exchange's row: what the overview counts and what the list shows for that count. */
export const STOPPED = "verdict IN ('block', 'hold')";
export const CHANGED = "verdict IN ('redact', 'throttle', 'divert')";
export const UNSCANNABLE = "unscannable > 0";
export const FAILED = `state IN (${FAILED_STATES.map((state) => `'${state}'`).join(", ")})`;
/** An enforcing route would have stopped or changed it. */
export const WOULD_HAVE = `would IN ('redact', 'throttle', 'divert', 'hold', 'block')
  AND verdict IN ('allow', 'observe')`;
