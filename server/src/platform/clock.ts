/** Time as a port: pure parts receive a clock, tests a fake one. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds that never go back; only differences mean something. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export interface FakeClock extends Clock {
  /** Moves both times forward. */
  advance(ms: number): void;
  /** Sets wall time only, as an operator or NTP does. */
  jump(toMs: number): void;
}

export const fakeClock = (startMs = Date.UTC(2026, 0, 1)): FakeClock => {
  let wall = startMs;
  let elapsed = 0;
  return {
    now: () => wall,
    monotonic: () => elapsed,
    advance: (ms) => {
      wall += ms;
      elapsed += ms;
    },
    jump: (toMs) => {
      wall = toMs;
    },
  };
};

/** RFC 3339 in UTC with milliseconds: `2026-11-21T08:45:44.123Z`. */
export const toTimestamp = (ms: number): string => {
  // Several records fall into one millisecond, and formatting a date costs more than the rest of a record's head.
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
};

let lastMs = Number.NaN;
let lastText = "";
