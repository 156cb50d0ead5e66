import type { ReceiptEntry, ReceiptOutcome } from "@parapet/model";

/** Entries that share an outcome and a reason, for people who ask "what was not seen, and why". */
export interface ReasonGroup {
  readonly outcome: ReceiptOutcome;
  readonly reason: string;
  readonly detectors: readonly string[];
  readonly segments: readonly number[];
}

/** Writes entries for parts that reach no detector (images, audio); their numbers follow those of the parts shown. */
const FRONT = "front";
export const isPart = (entry: ReceiptEntry): boolean => entry.detector !== FRONT;

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** Everything that was not simply inspected, and what was inspected earlier and remembered. */
export const groupByReason = (receipt: readonly ReceiptEntry[]): readonly ReasonGroup[] => {
  const groups = new Map<string, ReceiptEntry[]>();
  for (const entry of receipt) {
    if (entry.outcome === "inspected" && entry.reason === undefined) continue;
    const key = `${entry.outcome}\n${entry.reason ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].map((entries) => ({
    outcome: entries[0]?.outcome ?? "failed",
    reason: entries[0]?.reason ?? "no reason given",
    detectors: unique(entries.filter(isPart).map((entry) => entry.detector)),
    segments: unique(entries.filter(isPart).map((entry) => entry.segment)),
  }));
};

/** `3 parts by 10 detectors: 28 inspected, 2 unscannable`. */
export const summarise = (receipt: readonly ReceiptEntry[]): string => {
  if (receipt.length === 0) return "nothing was inspected";
  const counts = new Map<string, number>();
  for (const { outcome } of receipt) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const seen = receipt.filter(isPart);
  const segments = new Set(seen.map((entry) => entry.segment)).size;
  const detectors = new Set(seen.map((entry) => entry.detector)).size;
  const outcomes = [...counts].map(([outcome, value]) => `${value} ${outcome}`).join(", ");
  return `${segments} ${segments === 1 ? "part" : "parts"} by ${detectors} ${detectors === 1 ? "detector" : "detectors"}: ${outcomes}`;
};
