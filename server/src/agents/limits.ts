import type { ArgumentRole, BusinessLimit } from "@parapet/model";
import type { CallValue } from "./flow.ts";
import { fits, namesTool } from "./tool-pattern.ts";

/** Who calls what. */
export interface LimitedCall {
  readonly agent: string;
  readonly server: string;
  readonly tool: string;
  /** Undefined: the arguments could not be read. */
  readonly values: readonly CallValue[] | undefined;
}

/** Limits that count this call. */
export const limitsOf = (limits: readonly BusinessLimit[], { agent, server, tool }: LimitedCall): BusinessLimit[] =>
  limits.filter(
    ({ tools, agents }) =>
      tools.some((pattern) => namesTool(pattern, server, tool)) &&
      (agents === undefined || agents.some((pattern) => fits(pattern, agent))),
  );

/** What a call adds to a limit; undefined when that cannot be read, which exceeds it. */
export const measureCall = (measure: BusinessLimit["measure"], { values }: LimitedCall): number | undefined => {
  if (measure === "calls") return 1;
  const found = ofRole(values ?? [], measure === "recipients" ? "recipient" : measure);
  if (found.length === 0) return undefined;
  return measure === "recipients" ? new Set(found.flatMap(recipientsOf)).size : sumOf(found);
};

/** What the arguments amount to, for policies; see CallArguments. */
export const measureArguments = (values: readonly CallValue[] | undefined) => {
  const amount = values === undefined ? undefined : sumOf(ofRole(values, "amount"));
  const count = values === undefined ? undefined : sumOf(ofRole(values, "count"));
  const recipients = ofRole(values ?? [], "recipient").flatMap(recipientsOf);
  const places = [...ofRole(values ?? [], "url"), ...ofRole(values ?? [], "host")].flatMap((value) =>
    hostOf(String(value)),
  );
  return {
    amount: amount === undefined ? -1 : inHundredths(amount),
    count: count === undefined ? -1 : Math.ceil(count),
    recipients: [...new Set(recipients)],
    hosts: [...new Set([...places, ...recipients.flatMap((one) => /@([^@]+)$/u.exec(one)?.[1] ?? [])])],
  };
};

/** Sums of hundredths are exact. What does not fit is as large as can be. */
export const inHundredths = (amount: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(amount * 100 - 1e-6)));

const ofRole = (values: readonly CallValue[], role: ArgumentRole): unknown[] =>
  values.flatMap((one) => (one.role === role && one.value !== null ? [one.value] : []));

/** Undefined when one of them is no number that is zero or more. */
const sumOf = (values: readonly unknown[]): number | undefined => {
  let sum = 0;
  for (const value of values) {
    const number = typeof value === "string" ? readAmount(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number) || number < 0) return undefined;
    sum += number;
  }
  return sum;
};

const hostOf = (place: string): string[] => {
  const text = place.trim().toLowerCase();
  const host = URL.parse(text.includes("://") ? text : `https://${text}`)?.hostname;
  return host === undefined || host === "" ? [] : [host];
};

/** Addresses of a list that is written as one text too. */
const recipientsOf = (value: unknown): string[] =>
  String(value)
    .split(/[,;\s]+/u)
    .map((part) => part.replace(/^<|>$/gu, "").normalize("NFKC").toLowerCase())
    .filter((part) => part !== "");

/**
 * A number as people write it: grouped or not, with a currency before or after, with a comma or a point before the
 * decimals. What may be read in two ways (`1.234`) is the larger. Undefined: none, negative, or more than one.
 */
export const readAmount = (text: string): number | undefined => {
  const plain = text.normalize("NFKC").trim();
  if (plain.length > 64) return undefined;
  const [, number] = /^[^\d.,()\p{Pd}\p{Sm}]{0,12}\+?(\d[\d.,'’ _]*)[^\d.,()\p{Pd}\p{Sm}]{0,12}$/u.exec(plain) ?? [];
  if (number === undefined) return undefined;
  const packed = number.replace(/['’ _]/gu, "");
  if (/^\d+$/u.test(packed)) return Number(packed);
  const last = packed.search(/[.,](?=\d*$)/u);
  const whole = packed.slice(0, last).replace(/[.,]/gu, "");
  const decimals = packed.slice(last + 1);
  const separators = packed.match(/[.,]/gu) ?? [];
  const asDecimals = Number(`${whole}.${decimals}`);
  const asGroups = Number(`${whole}${decimals}`);
  // Twice the same sign groups; three digits after a lone one may.
  const alike = separators.length > 1 && separators.every((separator) => separator === separators[0]);
  if (alike) return asGroups;
  return separators.length === 1 && decimals.length === 3 ? Math.max(asDecimals, asGroups) : asDecimals;
};

/** Whether the call itself is beyond the limit, whatever passed before. */
export const exceedsAlone = (
  { each, total, between }: BusinessLimit,
  amount: number | undefined,
  nowMs: number,
): boolean => {
  if (between !== undefined && !isWithin(between, nowMs)) return true;
  if (amount === undefined) return each !== undefined || total !== undefined;
  return (each !== undefined && amount > each) || (total !== undefined && amount > total.most);
};

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Minutes since midnight and day of the week (0: Monday) in a time zone. */
const localTime = (zone: string, nowMs: number): { readonly minute: number; readonly day: number } => {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    clocks.set(zone, clock);
  }
  const parts = new Map(clock.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  const weekday = (parts.get("weekday") ?? "").toLowerCase();
  return {
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
    day: DAYS.findIndex((day) => day === weekday),
  };
};

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const isWithin = ({ from, to, days, zone }: NonNullable<BusinessLimit["between"]>, nowMs: number): boolean => {
  const { minute, day } = localTime(zone, nowMs);
  const begin = minutesOf(from);
  const end = minutesOf(to);
  const isDay = (index: number): boolean => days === undefined || days.some((name) => name === DAYS[(index + 7) % 7]);
  if (begin < end) return minute >= begin && minute < end && isDay(day);
  // Over midnight: the day is the one on which it began.
  return (minute >= begin && isDay(day)) || (minute < end && isDay(day - 1));
};
