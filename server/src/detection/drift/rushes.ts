import type { HourlyRow } from "@parapet/model";
import { dayOf } from "../baseline/calendar.ts";
import { median } from "../baseline/statistics.ts";
import { withoutGroup } from "../features/cells.ts";
import type { DriftQuestion } from "./drift.ts";

/** A group of callers rushes from so many times its usual share of the traffic on. */
const RUSH_TIMES = 2;
/** And from so much more of all of it: less can move no distribution far. */
const RUSH_MORE = 0.1;

type Cells = Readonly<Record<string, number>>;
const PARTS = ["window", "reference", "other"] as const;

/** A day, or what of it is in the window or in the reference, without the callers that rushed. */
export interface CalmDay {
  readonly day: number;
  readonly part: (typeof PARTS)[number];
  readonly cells: Cells;
}

export interface Calm {
  readonly days: readonly CalmDay[];
  /** One hour's cells in the same way. */
  readonly cellsOf: (row: HourlyRow) => Cells;
}

/** Cells of several hours or days together. */
export const merged = (all: readonly Cells[]): Cells => {
  const sums: Record<string, number> = {};
  for (const cells of all) for (const cell of Object.keys(cells)) sums[cell] = (sums[cell] ?? 0) + (cells[cell] ?? 0);
  return sums;
};

/** Cells of all groups of callers together. */
export const ofAllCallers = (all: readonly Cells[]): Cells => cellsWithout(merged(all), new Set());

/** How much of all cells each group of callers has, of one. */
const sharesOf = (cells: Cells): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  let all = 0;
  for (const [cell, count] of Object.entries(cells)) {
    const [group] = withoutGroup(cell);
    if (group === "") continue;
    counts.set(group, (counts.get(group) ?? 0) + count);
    all += count;
  }
  return new Map([...counts].map(([group, count]) => [group, count / all]));
};

const cellsWithout = (cells: Cells, rushing: ReadonlySet<string>): Cells => {
  const kept: Record<string, number> = {};
  for (const [named, count] of Object.entries(cells)) {
    const [group, cell] = withoutGroup(named);
    if (!rushing.has(group)) kept[cell] = (kept[cell] ?? 0) + count;
  }
  return kept;
};

/**
 * The cells of all callers together, but for groups of callers that on a day, or in the window, were far more of the
 * traffic than on the usual day of the reference. One caller's flood is that caller's anomaly; a drift is what shows
 * without it. Whoever is all the traffic there is every day never rushes.
 */
export const withoutRushes = ({ rows, referenceFromMs, referenceUntilMs, windowFromMs }: DriftQuestion): Calm => {
  const partOf = (hourMs: number): CalmDay["part"] =>
    hourMs >= windowFromMs ? "window" : hourMs >= referenceFromMs && hourMs < referenceUntilMs ? "reference" : "other";
  const days = PARTS.flatMap((part) =>
    [
      ...Map.groupBy(
        rows.filter(({ hourMs }) => partOf(hourMs) === part),
        ({ hourMs }) => dayOf(hourMs),
      ),
    ].map(([day, hours]) => ({ day, part, cells: merged(hours.map(({ cells }) => cells)) })),
  );
  const window = sharesOf(merged(days.flatMap(({ part, cells }) => (part === "window" ? [cells] : []))));
  const shares = days.map(({ part, cells }) => (part === "window" ? window : sharesOf(cells)));
  const usual = (group: string): number =>
    median(shares.flatMap((own, at) => (days[at]?.part === "reference" ? [own.get(group) ?? 0] : [])));
  const limits = new Map(
    [...new Set(shares.flatMap((own) => [...own.keys()]))].map((group) => {
      const share = usual(group);
      return [group, Math.max(RUSH_TIMES * share, share + RUSH_MORE)];
    }),
  );
  const rushing = new Map(
    shares.map((own, at) => [
      `${days[at]?.part ?? ""} ${String(days[at]?.day)}`,
      new Set([...own].flatMap(([group, share]) => (share > (limits.get(group) ?? 1) ? [group] : []))),
    ]),
  );
  const calm = (part: CalmDay["part"], day: number, cells: Cells): Cells =>
    cellsWithout(cells, rushing.get(`${part} ${String(day)}`) ?? new Set());
  return {
    days: days.map(({ part, day, cells }) => ({ part, day, cells: calm(part, day, cells) })),
    cellsOf: ({ hourMs, cells }) => calm(partOf(hourMs), dayOf(hourMs), cells),
  };
};
