import { TELEMETRY_EVENTS_MAX } from "@parapet/model";
import { expect, test } from "vitest";
import { makeIngestPlace, type IngestPlace } from "./ingest.fixture.ts";

const lines = (...records: readonly unknown[]) =>
  Buffer.from(records.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n"));
const feedOf = (place: IngestPlace, id = "events") => {
  const parts = place.feeds.find(id);
  if (parts === undefined) throw new Error("no such feed");
  return parts;
};
const take = (place: IngestPlace, ...records: readonly unknown[]) =>
  place.intake.take(feedOf(place), { bytes: lines(...records), contentType: "" });

test("a payload becomes records with ids, the receipt's time, and what was given", async () => {
  await using place = await makeIngestPlace([{ id: "events", capture: "hash" }]);
  const outcome = await take(place, { kind: "db.query", principal: "user:ada", rows: 3 }, { time: 1_767_225_600 });
  expect(outcome).toMatchObject({ kind: "taken", accepted: 2, known: 0, malformed: 0 });
  expect(await place.records()).toEqual([
    {
      kind: "telemetry",
      schemaVersion: 1,
      id: expect.stringMatching(/^.{14}7/),
      time: "2026-01-01T00:00:00.000Z",
      tenant: "default",
      source: "json",
      feed: "events",
      capture: "hash",
      events: [
        {
          id: expect.stringMatching(/^.{14}7/),
          time: "2026-01-01T00:00:00.000Z",
          kind: "db.query",
          severity: "informational",
          principal: "user:ada",
          body: { rows: 3 },
        },
        {
          id: expect.any(String),
          time: "2026-01-01T00:00:00.000Z",
          kind: "event",
          severity: "informational",
          body: {},
        },
      ],
    },
  ]);
});

test("what a source gives a key is taken once, also within a payload and from two at once", async () => {
  await using place = await makeIngestPlace();
  const first = await take(place, { key: "a" }, { key: "b" }, { key: "a" });
  expect(first).toMatchObject({ accepted: 2, known: 1 });
  const both = await Promise.all([take(place, { key: "b" }, { key: "c" }), take(place, { key: "c" }, { key: "d" })]);
  expect(both.map((one) => (one.kind === "taken" ? [one.accepted, one.known] : one))).toEqual([
    [1, 1],
    [1, 1],
  ]);
  const events = (await place.records()).flatMap((record) => record.events);
  expect(events.map(({ key }) => key).toSorted()).toEqual(["a", "b", "c", "d"]);
  expect(new Set(events.map(({ id }) => id[14]))).toEqual(new Set(["8"]));
});

test("two feeds of one kind do not take each other's keys", async () => {
  await using place = await makeIngestPlace([{ id: "one" }, { id: "two" }]);
  const payload = { bytes: lines({ key: "a" }), contentType: "" };
  expect(await place.intake.take(feedOf(place, "one"), payload)).toMatchObject({ accepted: 1 });
  expect(await place.intake.take(feedOf(place, "two"), payload)).toMatchObject({ accepted: 1 });
});

test("what cannot be stored is taken when it comes again, and its key is not known before", async () => {
  await using place = await makeIngestPlace();
  place.faults.write = "ENOSPC";
  const both = await Promise.all([take(place, { key: "a" }), take(place, { key: "a" })]);
  expect(both.map(({ kind }) => kind)).toEqual(["unavailable", "unavailable"]);
  place.faults.write = undefined;
  await expect
    .poll(async () => await take(place, { key: "a" }), { timeout: 5_000 })
    .toMatchObject({ kind: "taken", accepted: 1 });
});

test("large payloads become several records, cut by count and by length", async () => {
  await using place = await makeIngestPlace();
  await take(place, ...Array.from({ length: 2_500 }, (_, n) => ({ n })));
  await take(place, ...Array.from({ length: 30 }, (_, n) => ({ n, filler: "x".repeat(100_000) })));
  const records = await place.records();
  const counts = records.map(({ events }) => events.length);
  expect(counts.slice(0, 3)).toEqual([TELEMETRY_EVENTS_MAX, TELEMETRY_EVENTS_MAX, 500]);
  expect(counts.slice(3).reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(Math.max(...counts.slice(3))).toBeLessThan(12);
});

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

test("what is malformed goes to the dead letters with its reason, and all else is taken", async () => {
  await using place = await makeIngestPlace();
  const outcome = await take(place, { n: 1 }, "{oops", { time: "yesterday" }, nested(40), [1]);
  expect(outcome).toMatchObject({ kind: "taken", accepted: 1, malformed: 4, unreadable: false });
  const { items } = await place.deadLetters.list(feedOf(place).feed.tenant, "events", { limit: 10 });
  expect(items.map(({ reason, text, replay }) => [reason.slice(0, 20), text?.slice(0, 20), replay]).toSorted()).toEqual(
    [
      ["`time` is ISO 8601 (", '{"time":"yesterday"}', "decode"],
      ["a record is a JSON o", "[1]", "decode"],
      ["it is nested more th", '{"a":{"a":{"a":{"a":', "decode"],
      ["line 2 is not JSON: ", "{oops", "split"],
    ].toSorted(),
  );
  expect(feedOf(place).health.read()).toMatchObject({ events: 1, malformed: 4 });
});

test("a dead letter is one however often it comes, sealed, and read again once that can be done", async () => {
  await using place = await makeIngestPlace();
  await take(place, { time: "yesterday", secret: "s3cret-word" });
  await take(place, { time: "yesterday", secret: "s3cret-word" });
  const { tenant } = feedOf(place).feed;
  expect(await place.deadLetters.count(tenant, "events")).toBe(1);
  const stored = await place.control.listDeadLetters(tenant, "events", { limit: 5 });
  expect(JSON.stringify(stored)).not.toContain("s3cret-word");
  expect(await place.intake.again(feedOf(place), '{"time":"2026-01-01T00:00:00Z"}', "decode")).toMatchObject({
    accepted: 1,
  });
  expect(await place.intake.again(feedOf(place), "{}\n{}", "split")).toMatchObject({ accepted: 2 });
});

test("dead letters are bounded by payload and by source, and those that are lost are counted", async () => {
  await using place = await makeIngestPlace();
  for (let turn = 0; turn < 11; turn += 1)
    await take(place, ...Array.from({ length: 101 }, (_, n) => `{broken ${turn} ${n}`));
  expect(await place.deadLetters.count(feedOf(place).feed.tenant, "events")).toBe(1_000);
  expect(feedOf(place).health.read()).toMatchObject({ malformed: 1_111, lost: 111 });
});

test("a quota refuses what comes after it is used up, and lets more in with time", async () => {
  await using place = await makeIngestPlace([{ id: "events", quota: { eventsPerSecond: 1, bytesPerDay: 2_000 } }]);
  const many = Array.from({ length: 12 }, (_, n) => ({ n }));
  expect(await take(place, ...many)).toMatchObject({ kind: "taken", accepted: 12 });
  expect(await take(place, {})).toMatchObject({ kind: "refused", retryAfterSeconds: 3 });
  place.clock.advance(3_000);
  expect(await take(place, {})).toMatchObject({ kind: "taken" });
  place.clock.advance(60_000);
  expect(await take(place, { filler: "x".repeat(3_000) })).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("bytesPerDay"),
  });
  expect(feedOf(place).health.read().refused).toBe(2);
  place.clock.advance(24 * 3_600_000);
  expect(await take(place, { filler: "x".repeat(1_000) })).toMatchObject({ kind: "taken" });
});

test("lag and clocks are told from the events' times", async () => {
  await using place = await makeIngestPlace();
  const at = (ms: number) => ({ time: new Date(place.clock.now() + ms).toISOString() });
  await take(place, at(-5_000), at(-4_000), at(-3_000));
  expect(feedOf(place).health.read()).toMatchObject({ lagMs: 4_000, skewMs: 0 });
  await take(place, at(90_000));
  expect(feedOf(place).health.read()).toMatchObject({ lagMs: 0, skewMs: 90_000 });
  place.clock.advance(2 * 3_600_000);
  expect(feedOf(place).health.read()).toMatchObject({ skewMs: 0 });
});

test("a source that falls silent is noted once, and once when it comes back", async () => {
  await using place = await makeIngestPlace([{ id: "events", silentAfterMinutes: 10 }, { id: "other" }]);
  await take(place, {});
  place.clock.advance(11 * 60_000);
  await place.feeds.tick();
  await place.feeds.tick();
  expect(place.notes).toEqual([
    {
      type: "source.silent",
      target: "events",
      outcome: "failure",
      detail: { kind: "json", minutes: 10, last: "2026-01-01T00:00:00.000Z" },
    },
  ]);
  await take(place, {});
  await place.feeds.tick();
  expect(place.notes.at(-1)).toMatchObject({ type: "source.resumed", outcome: "success" });
  expect(place.notes).toHaveLength(2);
});
