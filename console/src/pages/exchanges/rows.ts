import type { ExchangeSummary } from "@parapet/model";

/** Newest first; what arrived live wins over what was listed, because it is later. */
export const mergeRows = (
  live: readonly ExchangeSummary[],
  listed: readonly ExchangeSummary[],
): readonly ExchangeSummary[] => {
  const byId = new Map<string, ExchangeSummary>();
  for (const row of listed) byId.set(row.id, row);
  for (const row of live) byId.set(row.id, row);
  return [...byId.values()].toSorted((a, b) => (a.time === b.time ? (a.id < b.id ? 1 : -1) : a.time < b.time ? 1 : -1));
};

/** Adds one that arrived; an exchange that goes on replaces its earlier line. Oldest fall off at `max`. */
export const withArrival = (
  live: readonly ExchangeSummary[],
  arrived: ExchangeSummary,
  max: number,
): readonly ExchangeSummary[] => [arrived, ...live.filter((row) => row.id !== arrived.id)].slice(0, max);
