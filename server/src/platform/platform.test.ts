import { describe, expect, test } from "vitest";
import { createLogger, fakeClock, Fault, FAULTS, toFault, toTimestamp, uuidv7 } from "./index.ts";

describe("ids", () => {
  test("are UUIDv7 of their time, unique and rising, also within a millisecond", () => {
    const base = Date.now() + 60_000;
    const ids = Array.from({ length: 20_000 }, (_, index) => uuidv7(base + Math.floor(index / 9000)));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
    expect(Number.parseInt((ids[0] ?? "").replaceAll("-", "").slice(0, 12), 16)).toBe(base);
  });

  test("keep their order when the clock steps back a little", () => {
    const base = Date.now() + 120_000;
    expect(uuidv7(base) < uuidv7(base - 5000)).toBe(true);
  });
});

test("a fake clock moves only when told, and monotonic time never goes back", () => {
  const clock = fakeClock(1000);
  clock.advance(5);
  clock.jump(10);
  expect([clock.now(), clock.monotonic()]).toEqual([10, 5]);
  expect(toTimestamp(clock.now())).toBe("1970-01-01T00:00:00.010Z");
});

describe("faults", () => {
  test("each code has a status, a party and a public sentence", () => {
    for (const { status, message } of Object.values(FAULTS)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(message).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("what a caller did wrong is never a status that SDKs retry, but for limits and conflicts", () => {
    for (const [code, { status, party }] of Object.entries(FAULTS)) {
      if (party === "caller" && code !== "rate_limited" && code !== "conflict")
        expect([408, 409, 429].includes(status) || status >= 500).toBe(false);
    }
  });

  test("the words of an unexpected error stay private", () => {
    const fault = toFault(new Error("SELECT * FROM keys"));
    expect(fault).toMatchObject({ code: "internal", status: 500, detail: "SELECT * FROM keys" });
    expect(fault.message).not.toContain("SELECT");
    expect(toFault(fault)).toBe(fault);
  });
});

describe("the log", () => {
  const written = (write: (log: ReturnType<typeof createLogger>) => void): string => {
    const lines: string[] = [];
    write(createLogger("info", { write: (line) => lines.push(line) }));
    return lines.join("");
  };

  const secret = ["sk", "proj", "a1B2c3D4e5F6g7H8i9J0"].join("-");

  test.each([
    ["a field by its name", (log) => log.info({ headers: { Authorization: "abc123" }, api_key: "abc123" }, "x")],
    ["a value by its look", (log) => log.info({ url: `https://a/?k=${secret}` }, "x")],
    ["the message", (log) => log.warn({}, `called with Bearer abc123abc123 and ${secret}`)],
    [
      "an error and its cause",
      (log) => log.error({ error: new Fault("internal", { detail: secret, cause: new Error(secret) }) }, "x"),
    ],
    ["the fields of a child", (log) => log.child({ credential: "abc123" }).info({ token: "abc123" }, "x")],
  ] satisfies [string, (log: ReturnType<typeof createLogger>) => void][])("holds no credential: %s", (_, write) => {
    const text = written(write);
    expect(text).toContain("[redacted]");
    expect(text).not.toContain("abc123");
    expect(text).not.toContain(secret);
  });

  test("is one JSON object a line, with time and level, whatever the text", () => {
    const line = written((log) => log.info({ text: "a\n\u001b[31mred" }, "two\nlines"));
    expect(line.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(line)).toMatchObject({ level: "info", msg: "two\nlines", time: expect.any(String) });
    expect(line).not.toContain("\u001b");
  });

  test("a child keeps its fields", () => {
    expect(JSON.parse(written((log) => log.child({ part: "gateway" }).info({ a: 1 }, "x")))).toMatchObject({
      part: "gateway",
      a: 1,
    });
  });
});
