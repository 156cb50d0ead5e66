import { expect, it } from "vitest";
import { exchangeOf, principalOf, timeOf, traceOf, without } from "./read.ts";

it.each([
  [1795250744, "2026-11-21T08:45:44.000Z"],
  [1795250744.5, "2026-11-21T08:45:44.500Z"],
  [1795250744123, "2026-11-21T08:45:44.123Z"],
  ["1795250744123456", "2026-11-21T08:45:44.123Z"],
  ["1795250744123456789", "2026-11-21T08:45:44.123Z"],
  ["2026-11-21T08:45:44.123456789Z", "2026-11-21T08:45:44.123Z"],
  ["2026-11-21 08:45:44.123 UTC", "2026-11-21T08:45:44.123Z"],
  ["2026-11-21 10:45:44,123+02", "2026-11-21T08:45:44.123Z"],
  ["2026/11/21 08:45:44.123 +00:00", "2026-11-21T08:45:44.123Z"],
  ["2026-11-21T08:45:44", "2026-11-21T08:45:44.000Z"],
  ["2026-13-45T99:00:00Z", undefined],
  ["yesterday", undefined],
  [-5, undefined],
  [1e40, undefined],
  [null, undefined],
])("reads %s as a time", (value, time) => {
  expect(timeOf(value)).toBe(time);
});

it.each([
  ["ana", "user:ana"],
  ["user:ana@example.com", "user:ana@example.com"],
  ["service:lending", "service:lending"],
  ["agent:billing", "agent:billing"],
  ["user:", "user:user:"],
  ["admin:ana", "user:admin:ana"],
])("takes %s, as an application calls its user, for the principal %s", (name, principal) => {
  expect(principalOf("user", name)).toBe(principal);
});

it("takes only W3C trace ids and the gateway's ids of exchanges", () => {
  expect(traceOf("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736")).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
  expect(traceOf("0".repeat(32))).toBeUndefined();
  expect(traceOf("r-12")).toBeUndefined();
  expect(exchangeOf(undefined, "01919c3a-5b1e-7c3d-8f00-1234567890ab")).toBe("01919c3a-5b1e-7c3d-8f00-1234567890ab");
  expect(exchangeOf("<script>")).toBeUndefined();
});

it("leaves out what stands at a path and changes nothing", () => {
  const record = { a: { b: 1, c: 2 }, d: 3 };
  expect(without(record, ["a", "b"], ["d"], ["x", "y"])).toEqual({ a: { c: 2 } });
  expect(record).toEqual({ a: { b: 1, c: 2 }, d: 3 });
});
