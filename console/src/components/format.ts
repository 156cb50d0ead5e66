import type { Zone } from "./preferences.ts";

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const finest = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });

export const count = (value: number): string => whole.format(value);

/** `0.42 ms`, `38.1 ms`, `214 ms`, `1.2 s`. */
export const duration = (ms: number): string => {
  if (ms >= 172_800_000) return `${whole.format(ms / 86_400_000)} d`;
  if (ms >= 7_200_000) return `${fine.format(ms / 3_600_000)} h`;
  if (ms >= 60_000) return `${fine.format(ms / 60_000)} min`;
  if (ms >= 1_000) return `${fine.format(ms / 1_000)} s`;
  return `${(ms < 10 ? finest : ms < 100 ? fine : whole).format(ms)} ms`;
};

export const bytes = (value: number): string => {
  if (value >= 1_073_741_824) return `${fine.format(value / 1_073_741_824)} GB`;
  if (value >= 1_048_576) return `${fine.format(value / 1_048_576)} MB`;
  if (value >= 1_024) return `${fine.format(value / 1_024)} KB`;
  return `${value} B`;
};

/** `3 things`, `1 thing`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export const age = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
};

export const ahead = (ms: number): string => {
  if (ms < 3_600_000) return `in ${Math.max(1, Math.round(ms / 60_000))} min`;
  if (ms < 86_400_000) return `in ${Math.round(ms / 3_600_000)} h`;
  return `in ${Math.round(ms / 86_400_000)} d`;
};

/** Date and time to the millisecond, in the zone the reader chose, with its name. */
export const absolute = (time: string, zone: Zone): string => {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  if (zone === "utc") return `${date.toISOString().replace("T", " ").replace("Z", "")} UTC`;
  const local = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" }).format(date);
  return `${local}.${String(date.getMilliseconds()).padStart(3, "0")}`;
};

/** Words of an identifier: `upstream_timeout` → `upstream timeout`. */
export const words = (name: string): string => name.replaceAll(/[_-]/g, " ");

/** The last folder and the name of a path; whoever needs more finds it on hover. */
export const shortPath = (path: string): string => path.split("/").slice(-2).join("/");

/** The end of a UUIDv7 tells ids apart; its beginning is only the time. */
export const shortId = (id: string): string => (id.length > 12 ? id.slice(-8) : id);
