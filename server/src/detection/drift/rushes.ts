import type { HourlyRow } from "@parapet/model";
import { dayOf } from "../baseline/calendar.ts";
import { median } from "../baseline/statistics.ts";
import { withoutGroup } from "../features/cells.ts";
import type { DriftQuestion } from "./drift.ts";

/** A group of callers rushes from so many times its usual share of the traffic on. */
const RUSH_TIMES = 2;
/** And from so much more of all of it: less can move no distribution far. */
const RUSH_MORE = 0.1;

/** How much of some hours each group of callers is, of one. */
const sharesOf = (rows: readonly HourlyRow[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  let all = 0;
  for (const { cells } of rows)
    for (const [cell, count] of Object.entries(cells)) {
      const [group] = withoutGroup(cell);
      if (group === "") continue;
      counts.set(group, (counts.get(group) ?? 0) + count);
      all += count;
    }
  return new Map([...counts].map(([group, count]) => [group, count / all]));
};

/**
 * The rows with their cells of all callers together, but for groups of callers that on a day, or in the window, were far
 * more of the traffic than on the usual day of the reference. One caller's flood is that caller's anomaly; a drift is
 * what shows without it. Whoever is all the traffic there is every day never rushes.
 */
export const withoutRushes = ({
  rows,
  referenceFromMs,
  referenceUntilMs,
  windowFromMs,
}: DriftQuestion): readonly HourlyRow[] => {
  const units = Map.groupBy(rows, ({ hourMs }) => (hourMs >= windowFromMs ? -1 : dayOf(hourMs)));
  const shares = new Map([...units].map(([unit, hours]) => [unit, sharesOf(hours)]));
  const days = [...units].filter(
    ([, [first]]) => first !== undefined && first.hourMs >= referenceFromMs && first.hourMs < referenceUntilMs,
  );
  const usual = (group: string): number => median(days.map(([day]) => shares.get(day)?.get(group) ?? 0));
  const groups = new Set([...shares.values()].flatMap((one) => [...one.keys()]));
  const limits = new Map(
    [...groups].map((group) => [group, Math.max(RUSH_TIMES * usual(group), usual(group) + RUSH_MORE)]),
  );
  return [...units].flatMap(([unit, hours]) => {
    const own = shares.get(unit);
    const rushing = new Set([...groups].filter((group) => (own?.get(group) ?? 0) > (limits.get(group) ?? 1)));
    return hours.map((row) => ({ ...row, cells: cellsWithout(row.cells, rushing) }));
  });
};

const cellsWithout = (cells: HourlyRow["cells"], rushing: ReadonlySet<string>): Record<string, number> => {
  const kept: Record<string, number> = {};
  for (const [named, count] of Object.entries(cells)) {
    const [group, cell] = withoutGroup(named);
    if (!rushing.has(group)) kept[cell] = (kept[cell] ?? 0) + count;
  }
  return kept;
};
