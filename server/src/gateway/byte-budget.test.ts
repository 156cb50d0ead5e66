import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Fault } from "#platform";
import { createByteBudget, FREE_BYTES } from "./byte-budget.ts";

const BYTES_MAX = 10 * FREE_BYTES;

const refusalOf = (act: () => void): Fault | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
};

const anyStep = fc.record({
  who: fc.nat({ max: 4 }),
  what: fc.constantFrom("take" as const, "keepOnly" as const),
  bytes: fc.nat({ max: 4 * FREE_BYTES }),
});

test("exchanges together never hold more than the bound and their free shares, and what they let go of is free again", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const budget = createByteBudget(BYTES_MAX);
      const shares = Array.from({ length: 5 }, () => ({ share: budget.open(), held: 0 }));
      for (const { who, what, bytes } of steps) {
        const one = shares[who];
        if (one === undefined) continue;
        if (what === "keepOnly") {
          one.share.keepOnly(bytes);
          one.held = Math.min(one.held, bytes);
        } else if (refusalOf(() => one.share.take(bytes)) === undefined) one.held += bytes;
        const held = shares.map((other) => other.held);
        const total = held.reduce((sum, own) => sum + own, 0);
        expect(budget.bytes()).toBe(total);
        // What one holds that was alone when it took it stands beside.
        const alone = Math.max(...held);
        expect(total - alone).toBeLessThanOrEqual(BYTES_MAX + 5 * FREE_BYTES);
      }
      for (const { share } of shares) share.keepOnly(0);
      expect(budget.bytes()).toBe(0);
    }),
  );
});

test("a full budget turns large exchanges away with a time to come back, and lets small ones pass", () => {
  const budget = createByteBudget(BYTES_MAX);
  const large = budget.open();
  large.take(BYTES_MAX);
  const other = budget.open();
  expect(refusalOf(() => other.expect(FREE_BYTES + 1))).toMatchObject({
    code: "overloaded",
    status: 503,
    retryAfterSeconds: 2,
  });
  other.take(FREE_BYTES);
  expect(refusalOf(() => other.take(1))?.code).toBe("overloaded");
  expect(budget.bytes()).toBe(BYTES_MAX + FREE_BYTES);
  large.keepOnly(1_000);
  other.take(1);
  expect(budget.bytes()).toBe(1_000 + FREE_BYTES + 1);
});

test("an exchange that is alone has room for whatever its own limits allow", () => {
  const budget = createByteBudget(BYTES_MAX);
  const alone = budget.open();
  alone.take(3 * BYTES_MAX);
  expect(budget.bytes()).toBe(3 * BYTES_MAX);
  expect(refusalOf(() => budget.open().take(FREE_BYTES + 1))?.code).toBe("overloaded");
});
