import { describe, expect, test } from "vitest";
import type { SharedState } from "../shared-state.ts";

export interface SharedStatePlace {
  open(): Promise<SharedState>;
  /** Lets time pass for values that expire. */
  pass(ms: number): Promise<void>;
}

/** What every shared state must do. */
export const describeSharedState = (name: string, makePlace: () => Promise<SharedStatePlace>): void => {
  describe(`${name} keeps the contract of SharedState`, () => {
    test("a counter sums within its window, begins again in the next, and keys do not touch each other", async () => {
      const state = await (await makePlace()).open();
      const minute = 60_000;
      const start = 1_000 * minute;
      expect(await state.increment("default/a", 2, minute, start)).toBe(2);
      expect(await state.increment("default/a", 3, minute, start + minute - 1)).toBe(5);
      expect(await state.increment("other/a", 7, minute, start + 5)).toBe(7);
      expect(await state.increment("default/a", 0, minute, start + minute - 1)).toBe(5);
      expect(await state.increment("default/a", 1, minute, start + minute)).toBe(1);
      await state.close();
    });

    test("increments that arrive together are all counted", async () => {
      const state = await (await makePlace()).open();
      const totals = await Promise.all(
        Array.from({ length: 100 }, () => state.increment("default/b", 1, 1_000, 5_000)),
      );
      expect(Math.max(...totals)).toBe(100);
      expect(new Set(totals).size).toBe(100);
      await state.close();
    });

    test("a value is kept until its time is over, and a new one replaces it", async () => {
      const place = await makePlace();
      const state = await place.open();
      expect(await state.get("default/c")).toBeUndefined();
      await state.set("default/c", "one", 60_000);
      await state.set("default/c", "two", 200);
      expect(await state.get("default/c")).toBe("two");
      await place.pass(250);
      expect(await state.get("default/c")).toBeUndefined();
      await state.close();
    });
  });
};
