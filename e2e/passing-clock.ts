/**
 * Loaded before the product by the screenshots, so that a day of traffic takes a minute: the wall clock starts
 * `PARAPET_CLOCK_BEHIND_MS` in the past and runs `PARAPET_CLOCK_TIMES` as fast. Timers and measured durations
 * stay as they are.
 */
const startMs = Date.now();
const behindMs = Number(process.env["PARAPET_CLOCK_BEHIND_MS"] ?? 0);
const times = Number(process.env["PARAPET_CLOCK_TIMES"] ?? 1);
const real = Date.now.bind(Date);
Date.now = () => Math.trunc(startMs - behindMs + (real() - startMs) * times);
