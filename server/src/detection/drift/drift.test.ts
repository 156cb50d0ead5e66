import * as fc from "fast-check";
import type { BehaviourChange, HourlyRow } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { hourRow, randomOf, SETTINGS, START_MS } from "../company.fixture.ts";
import { DAY_MS, HOUR_MS, weekHourOf } from "../baseline/calendar.ts";
import { cellOfGroup, distributionsOf, nameCell, numberCell, type Distribution } from "../features/cells.ts";
import { attribute, driftSentence } from "./attribute.ts";
import { compare } from "./drift.ts";
import { binned, changePoint, jensenShannon, kolmogorovSmirnov, pageHinkley, psi } from "./statistics.ts";

const distribution = (cells: Readonly<Record<string, number>>): Distribution => {
  const [found] = distributionsOf(cells).values();
  if (found === undefined) throw new Error("no cells");
  return found;
};
const numbers = (counts: readonly number[]) =>
  distribution(Object.fromEntries(counts.map((count, bucket) => [`x#${bucket}`, count])));
const names = (counts: Readonly<Record<string, number>>) =>
  distribution(Object.fromEntries(Object.entries(counts).map(([name, count]) => [`x=${name}`, count])));

test("the statistics have the values that their definitions give", () => {
  const halves = { reference: [0.5, 0.5], current: [0.9, 0.1] };
  expect(psi(halves)).toBeCloseTo(0.4 * Math.log(1.8) - 0.4 * Math.log(0.2), 10);
  expect(jensenShannon({ reference: [1, 0], current: [0, 1] })).toBeCloseTo(1, 10);
  expect(jensenShannon(halves)).toBeCloseTo(0.1468, 3);
  expect(kolmogorovSmirnov(numbers([1, 1, 1, 1]), numbers([0, 0, 2, 2]))).toBeCloseTo(0.5, 10);
  expect(pageHinkley([1, 1, 1, 1], 0.5)).toBe(2);
  expect(pageHinkley([-1, -1, -1, -1], 0.5)).toBe(2);
  expect(changePoint([1, 1, 1, 5, 5, 5])).toBe(3);
});

test("no distance is negative, and the same distribution has none", () => {
  const counts = fc
    .array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 40 })
    .filter((all) => all.some((one) => one > 0));
  fc.assert(
    fc.property(counts, counts, (left, right) => {
      const [one, other] = [numbers(left), numbers(right)];
      const bins = binned(one, other);
      expect(psi(bins)).toBeGreaterThanOrEqual(0);
      expect(jensenShannon(bins)).toBeGreaterThanOrEqual(0);
      expect(jensenShannon(bins)).toBeLessThanOrEqual(1);
      expect(kolmogorovSmirnov(one, other)).toBeLessThanOrEqual(1 + 1e-9);
      expect(psi(binned(one, one))).toBeCloseTo(0, 10);
      expect(kolmogorovSmirnov(one, one)).toBeCloseTo(0, 10);
    }),
  );
});

test("names that the reference did not have make a distance", () => {
  expect(psi(binned(names({ en: 900, de: 100 }), names({ en: 500, zh: 500 })))).toBeGreaterThan(0.25);
});

/** A model that answers some hundred times an hour, half as often at the weekend and then shorter. */
const rowsOf = (
  days: number,
  change: (hourMs: number) => { readonly length?: number; readonly refused?: number } | undefined,
): readonly HourlyRow[] => {
  const random = randomOf(6);
  return Array.from({ length: days * 24 }, (_, hour) => {
    const hourMs = START_MS + hour * HOUR_MS;
    const isWeekend = weekHourOf(hourMs) >= 120;
    const { length = 600, refused = 0.02 } = change(hourMs) ?? {};
    const cells: Record<string, number> = {};
    const add = (cell: string) => {
      cells[cell] = (cells[cell] ?? 0) + 1;
    };
    for (let index = 0; index < (isWeekend ? 40 : 80); index += 1) {
      add(numberCell("output.length", (isWeekend ? 0.9 : 1) * length * Math.exp(random() + random() - 1)));
      add(nameCell("output.refusal", random() < refused ? "yes" : "no"));
      add(nameCell("input.language", random() < 0.9 ? "en" : "de"));
    }
    return { ...hourRow({ id: "small", hourMs, events: 80 }, "model"), cells };
  });
};
const ask = (rows: readonly HourlyRow[]) => {
  const endMs = (rows.at(-1)?.hourMs ?? 0) + HOUR_MS;
  const question = {
    dimension: "model",
    id: "small",
    rows,
    referenceFromMs: endMs - 8 * DAY_MS,
    referenceUntilMs: endMs - DAY_MS,
    windowFromMs: endMs - DAY_MS,
  } as const;
  return compare(question, SETTINGS.drift);
};

describe("a model's distributions", () => {
  test.each([12, 13, 14, 15, 16, 17, 18])(
    "that only change with the days of the week do not drift, after %s days",
    (days) => {
      expect(ask(rowsOf(days, () => undefined)).filter(({ drifting }) => drifting)).toEqual([]);
    },
  );

  const TUNED_MS = START_MS + 16 * DAY_MS + 9 * HOUR_MS;
  const tuned = ask(rowsOf(17, (hourMs) => (hourMs >= TUNED_MS ? { length: 1_500, refused: 0.35 } : undefined)));

  test("drift after a fine-tune, in the features that it changed, from the hour it did", () => {
    const drifting = tuned.filter((one) => one.drifting);
    expect(drifting.map(({ feature }) => feature).toSorted()).toEqual(["output.length", "output.refusal"]);
    for (const { onsetMs, feature } of drifting)
      expect(
        Math.abs(onsetMs - TUNED_MS),
        `${feature} ${new Date(onsetMs).toISOString()} ${new Date(TUNED_MS).toISOString()}`,
      ).toBeLessThanOrEqual(2 * HOUR_MS);
  });

  test("say what they were and what they are, with the statistic and the change before", () => {
    const change = (hours: number, kind: BehaviourChange["kind"], subject: string): BehaviourChange => ({
      id: `${kind}-${hours}`,
      time: new Date(TUNED_MS - hours * HOUR_MS).toISOString(),
      kind,
      dimension: "model",
      subject,
      touches: [],
      sentence: `${kind} of ${subject}`,
    });
    const changes = [
      change(30, "policy", ""),
      change(1, "fine-tune", "small"),
      change(0.5, "fine-tune", "other"),
      change(-5, "deployment", "small"),
      change(200, "prompt", "small"),
    ];
    const state = tuned.find(({ feature }) => feature === "output.refusal");
    if (state === undefined) throw new Error("no drift of refusals");
    expect(attribute(state, changes)?.id).toBe("fine-tune-1");
    expect(attribute(state, [change(100, "fine-tune", "small")])).toBeUndefined();
    const sentence = driftSentence({ ...state, cause: change(1, "fine-tune", "small") });
    expect(sentence).toContain("from no 98%, yes 2%");
    expect(sentence).toContain("nearest change before it: fine-tune of small");
    expect(sentence).toMatch(/(PSI|Jensen-Shannon) [\d.]+ \(threshold [\d.]+\)/);
  });

  /** The rows with one more caller's cells, who has a group of its own. */
  const withCaller = (rows: readonly HourlyRow[], of: (hourMs: number) => number): readonly HourlyRow[] =>
    rows.map((row) => {
      const cells = Object.fromEntries(
        Object.entries(row.cells).map(([cell, count]) => [cellOfGroup(cell, "0"), count]),
      );
      const more = of(row.hourMs);
      return { ...row, cells: { ...cells, "output.length@1#190": more, "output.refusal@1=yes": more } };
    });

  test("do not drift by what one caller floods them with for hours, and do by what a usual caller sends otherwise", () => {
    const quiet = rowsOf(17, () => undefined);
    const flood = withCaller(quiet, (hourMs) => (hourMs >= TUNED_MS ? 200 : 0));
    expect(ask(flood).filter(({ drifting }) => drifting)).toEqual([]);
    const grouped = withCaller(
      rowsOf(17, (hourMs) => (hourMs >= TUNED_MS ? { length: 1_500, refused: 0.35 } : undefined)),
      () => 0,
    );
    expect(ask(grouped).filter(({ drifting }) => drifting)).toHaveLength(2);
  });

  test("do not drift from a reference that one caller flooded for a day", () => {
    const floodedMs = START_MS + 13 * DAY_MS;
    const flood = (hourMs: number) => (hourMs >= floodedMs && hourMs < floodedMs + DAY_MS ? 900 : 0);
    const quiet = withCaller(
      rowsOf(17, () => undefined),
      flood,
    );
    expect(ask(quiet).filter(({ drifting }) => drifting)).toEqual([]);
    const changed = rowsOf(17, (hourMs) => (hourMs >= TUNED_MS ? { length: 1_500, refused: 0.35 } : undefined));
    expect(ask(withCaller(changed, flood)).filter(({ drifting }) => drifting)).toHaveLength(2);
  });

  test("of which too few days are known are not spoken of", () => {
    expect(ask(rowsOf(4, () => undefined))).toEqual([]);
    expect(ask(rowsOf(5, () => undefined))).not.toEqual([]);
  });

  test("of which there are too few samples are not spoken of", () => {
    const sparse = rowsOf(17, () => undefined).map((row) => ({
      ...row,
      cells: Object.fromEntries(Object.keys(row.cells).map((cell) => [cell, 0.1])),
    }));
    expect(ask(sparse)).toEqual([]);
  });

  test("that move a little each day are caught by the sum of it", () => {
    const rows = rowsOf(28, (hourMs) => {
      const day = (hourMs - START_MS) / DAY_MS - 12;
      return day < 0 ? undefined : { length: 600 * 1.02 ** day };
    });
    const endMs = START_MS + 28 * DAY_MS;
    const slow = compare(
      {
        dimension: "model",
        id: "small",
        rows,
        referenceFromMs: START_MS,
        referenceUntilMs: START_MS + 12 * DAY_MS,
        windowFromMs: endMs - DAY_MS,
      },
      SETTINGS.drift,
    ).find(({ feature }) => feature === "output.length");
    const once = ask(rowsOf(17, (hourMs) => (hourMs >= START_MS + 16 * DAY_MS ? { length: 630 } : undefined))).find(
      ({ feature }) => feature === "output.length",
    );
    expect(once?.statistics.find(({ name }) => name === "Page-Hinkley")?.value).toBeLessThan(5);
    expect(once?.drifting).toBe(false);
    const sum = slow?.statistics.find(({ name }) => name === "Page-Hinkley");
    expect(sum?.value).toBeGreaterThan(sum?.threshold ?? Number.POSITIVE_INFINITY);
    expect(slow?.drifting).toBe(true);
  });
});
