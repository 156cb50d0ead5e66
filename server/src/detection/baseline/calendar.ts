export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_HOURS = 168;

/** Hour of the week, UTC: 0 is Monday from 00:00. The epoch was a Thursday. */
export const weekHourOf = (ms: number): number => (Math.floor(ms / HOUR_MS) + 3 * 24) % WEEK_HOURS;
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
export const isWeekend = (weekHour: number): boolean => weekHour >= 5 * 24;
/** 0 to 47: hour of the day, weekdays first. */
export const dayHourOf = (weekHour: number): number => (weekHour % 24) + (isWeekend(weekHour) ? 24 : 0);
/** Half past nine as people read it. */
export const hourWords = (hourMs: number): string =>
  `${new Date(hourMs).toISOString().slice(0, 10)} ${new Date(hourMs).toISOString().slice(11, 16)} to ${new Date(hourMs + HOUR_MS).toISOString().slice(11, 16)} UTC`;
export const dayWords = (dayMs: number): string => `${new Date(dayMs).toISOString().slice(0, 10)} (UTC)`;
