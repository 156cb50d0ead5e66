import type { Anomaly, HourlyRow } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { hourRow, live, makeCompany, randomOf, SETTINGS, START_MS, type HourSpec } from "../company.fixture.ts";
import { DAY_MS, HOUR_MS, weekHourOf } from "./calendar.ts";
import { echoesOf, withCommonCauses } from "./common-cause.ts";
import { judge } from "./judge.ts";
import { learn } from "./learn.ts";
import { learnPeers } from "./peers.ts";
import { median, robustScale } from "./statistics.ts";

const DAYS = 30;
const LAST_MS = START_MS + (DAYS - 1) * DAY_MS;

/** A service that is busy by day and quiet by night, steady to about ten per cent. */
const service =
  (random: () => number, id = "service:billing") =>
  (hourMs: number): HourSpec => {
    const hour = weekHourOf(hourMs) % 24;
    const usual = hour >= 7 && hour < 19 ? 1_000 : 40;
    return {
      id,
      hourMs,
      events: Math.round(usual * (0.9 + 0.2 * random())),
      values: ["tool=search", "network=10.9.1.0/24", "route=batch"],
    };
  };

/** Lives through the days with one hour, or more, replaced. */
const liveWith = (change: (spec: HourSpec) => HourSpec, days = DAYS): readonly Anomaly[] => {
  const habit = service(randomOf(3));
  return live((hourMs) => [hourRow(change(habit(hourMs)))], days, 21);
};
const at = (hour: number) => LAST_MS + hour * HOUR_MS;

test("a quiet company has next to no false anomalies", () => {
  const found = live(makeCompany(60, 11).hours, 35, 28);
  // The outage of that week is true, and told once for all whom it hit.
  const ofOutage = found.filter(({ sentence }) => sentence.includes("at once, so one cause is likely"));
  expect(ofOutage.map(({ kind }) => kind).toSorted()).toEqual(["errors", "latency"]);
  expect(found.length - ofOutage.length, found.map(({ sentence }) => sentence).join("\n")).toBeLessThanOrEqual(2);
});

describe("a series with seasons", () => {
  test.each([
    ["a day's hour as by day", 12, 1_000, 0],
    ["three times the day's height by day", 12, 3_000, 1],
    ["the day's height by night", 3, 1_000, 1],
    ["a little more by night", 3, 60, 0],
  ])("with %s has so many anomalies of volume", (_, hour, events, expected) => {
    const found = liveWith((spec) => (spec.hourMs === at(hour) ? { ...spec, events } : spec));
    expect(found.filter(({ kind, hourMs }) => kind === "volume" && hourMs === at(hour)).length).toBe(expected);
  });

  test("tells an anomaly in one sentence with its five numbers", () => {
    const [found] = liveWith((spec) => (spec.hourMs === at(3) ? { ...spec, events: 1_000 } : spec)).filter(
      ({ kind }) => kind === "volume",
    );
    expect(found).toMatchObject({ subject: "service:billing", seen: 1_000, history: expect.any(Number) });
    for (const number of [found?.seen, found?.expected, found?.spread, found?.sigmas, found?.history])
      expect(found?.sentence).toContain(String(number));
    expect(found?.expected).toBeGreaterThan(35);
    expect(found?.expected).toBeLessThan(45);
  });
});

test.each([
  ["tokens", (spec: HourSpec) => ({ ...spec, tokensEach: 12_000 }), ["tokens"]],
  ["latency", (spec: HourSpec) => ({ ...spec, latencyMs: 6_000 }), ["latency"]],
  ["errors", (spec: HourSpec) => ({ ...spec, errors: 80 }), ["errors"]],
  ["near-misses", (spec: HourSpec) => ({ ...spec, nearMisses: 40 }), ["near-misses"]],
  [
    "a tool never used",
    (spec: HourSpec) => ({ ...spec, values: [...(spec.values ?? []), "tool=shell"] }),
    ["first-seen"],
  ],
  ["a network never seen", (spec: HourSpec) => ({ ...spec, values: ["network=203.0.113.0/24"] }), ["first-seen"]],
  ["nothing", (spec: HourSpec) => spec, []],
])("an hour with %s is seen as that and as nothing else", (_, change, kinds) => {
  const found = liveWith((spec) => (spec.hourMs === at(12) ? change(spec) : spec));
  expect(found.map(({ kind }) => kind)).toEqual(kinds);
});

describe("slow poisoning", () => {
  const growing = (perDay: number, days: number) =>
    liveWith((spec) => {
      const day = (spec.hourMs - START_MS) / DAY_MS - 21;
      return day < 0 ? spec : { ...spec, events: Math.round(spec.events * perDay ** day) };
    }, days);

  test("by four per cent a day is told as growth beyond the frozen reference", () => {
    const found = growing(1.04, 75).filter(({ kind }) => kind === "creep");
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.seen).toBeLessThan(4 * (found[0]?.expected ?? 0));
  });

  test("growth of one per cent a week is not", () => {
    expect(growing(1.01 ** (1 / 7), 75)).toEqual([]);
  });

  test("does not raise what is expected beyond what the reference allows", () => {
    const rows = (events: number, days: number, fromMs: number): HourlyRow[] =>
      Array.from({ length: days * 24 }, (_, hour) =>
        hourRow({ id: "service:a", hourMs: fromMs + hour * HOUR_MS, events: events + (hour % 7) }),
      );
    const base = { dimension: "principal", id: "service:a", seen: [], excludedDays: new Set<number>() } as const;
    const first = learn(
      { ...base, rows: rows(100, 20, START_MS), previous: undefined, nowMs: START_MS + 20 * DAY_MS },
      SETTINGS.baselines,
    ).baseline;
    const later = START_MS + 60 * DAY_MS;
    const second = learn(
      { ...base, rows: rows(1_000, 28, later - 28 * DAY_MS), previous: first, nowMs: later },
      SETTINGS.baselines,
    );
    expect(Math.expm1(second.baseline.week.events.centre)).toBeLessThan(150);
    expect(second.baseline.reference).toEqual(first.reference);
    expect(second.creep?.kind).toBe("creep");
  });

  test("days that were anomalous are not learned from", () => {
    const rows = Array.from({ length: 20 * 24 }, (_, hour) =>
      hourRow({
        id: "service:a",
        hourMs: START_MS + hour * HOUR_MS,
        events: hour >= 15 * 24 ? 5_000 : 100 + (hour % 9),
      }),
    );
    const today = Math.floor(START_MS / DAY_MS);
    const learnWithout = (excluded: readonly number[]) =>
      learn(
        {
          dimension: "principal",
          id: "service:a",
          rows,
          seen: [],
          excludedDays: new Set(excluded),
          previous: undefined,
          nowMs: START_MS + 20 * DAY_MS,
        },
        SETTINGS.baselines,
      ).baseline;
    const clean = learnWithout([15, 16, 17, 18, 19].map((day) => today + day));
    expect(clean).toMatchObject({ days: 15, excludedDays: 5 });
    expect(clean.week.events.scale).toBeLessThan(learnWithout([]).week.events.scale / 4);
  });
});

describe("a newcomer", () => {
  const random = randomOf(9);
  const peers = Array.from({ length: 8 }, (_, at) => service(random, `service:peer${at}`));
  const newcomer = (events: number) =>
    live(
      (hourMs) => [
        ...peers.map((habit) => hourRow(habit(hourMs))),
        ...(hourMs >= LAST_MS - DAY_MS
          ? [hourRow({ id: "service:new", hourMs, events, values: ["route=batch"] })]
          : []),
      ],
      DAYS,
      21,
    ).filter(({ subject }) => subject === "service:new");

  test("is compared with its peers until it has a history", () => {
    expect(newcomer(900)).toEqual([]);
    const found = newcomer(400_000);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.sentence).toContain("from 8 peers, without a history of its own");
  });

  test("is compared with peers who are young themselves, hour and day, in the first week of all", () => {
    const asking = (eventsOfLast: (hour: number) => number) =>
      live(
        (hourMs) =>
          Array.from({ length: 7 }, (_, one) => one).flatMap((one) => {
            const hour = weekHourOf(hourMs) % 24;
            const isLast = one === 6 && hourMs >= START_MS + 5 * DAY_MS;
            if (hour < 9 || hour >= 12) return [];
            const events = isLast ? eventsOfLast(hour) : 3 + ((one + hour) % 3);
            return [hourRow({ id: `user:${one}`, hourMs, events, values: ["route=assistant"] })];
          }),
        6,
        5,
      ).map(({ subject, kind }) => `${subject} ${kind}`);
    expect(asking(() => 4)).toEqual([]);
    expect(asking((hour) => (hour === 10 ? 2_000 : 4))).toContain("user:6 volume");
  });

  test("that is a person is not compared with the programs of its route", () => {
    const busy = Array.from({ length: 8 }, (_, at) => service(random, `service:busy${at}`));
    const staff = Array.from({ length: 6 }, (_, at) => `user:${at}`);
    const found = live(
      (hourMs) => [
        ...busy.map((habit) => hourRow(habit(hourMs))),
        ...staff.map((id) => hourRow({ id, hourMs, events: 4, values: ["route=batch"] })),
        ...(hourMs >= LAST_MS - DAY_MS
          ? [hourRow({ id: "user:new", hourMs, events: 900, values: ["route=batch"] })]
          : []),
      ],
      DAYS,
      21,
    );
    expect(new Set(found.map(({ subject }) => subject))).toEqual(new Set(["user:new"]));
  });

  test("that comes by a way of its own is compared with all of its kind", () => {
    const staff = Array.from({ length: 6 }, (_, at) => `user:${at}`);
    const found = live(
      (hourMs) => [
        ...staff.map((id) => hourRow({ id, hourMs, events: 4, values: ["route=assistant"] })),
        ...(hourMs >= LAST_MS - DAY_MS
          ? [hourRow({ id: "user:new", hourMs, events: 900, values: ["model=credit"] })]
          : []),
      ],
      DAYS,
      21,
    );
    expect(new Set(found.map(({ subject }) => subject))).toEqual(new Set(["user:new"]));
    expect(found[0]?.sentence).toContain("from 6 peers, without a history of its own");
  });

  test("that has no peers is not judged, and says that it learns", () => {
    const rows = Array.from({ length: 30 }, (_, hour) =>
      hourRow({ id: "a", hourMs: START_MS + hour * HOUR_MS, events: 10 }),
    );
    const { baseline } = learn(
      {
        dimension: "principal",
        id: "a",
        rows,
        seen: [],
        excludedDays: new Set(),
        previous: undefined,
        nowMs: START_MS + 2 * DAY_MS,
      },
      SETTINGS.baselines,
    );
    expect(baseline).toMatchObject({ ready: false, hours: 30, days: 2 });
    const peers = learnPeers();
    peers.add(baseline);
    const row = hourRow({ id: "a", hourMs: START_MS + 31 * HOUR_MS, events: 1e6 });
    expect(judge({ row, day: { events: 1e6, tokens: 0 }, baseline, peers: peers.all() }, SETTINGS.baselines)).toEqual(
      [],
    );
  });
});

test.each([
  [3, ["tool=new0", "tool=new1", "tool=new2"]],
  [4, ["tool=*"]],
  [40, ["tool=*"]],
])("%s new tools of one hour are told as %j", (count, told) => {
  const names = Array.from({ length: count }, (_, at) => `tool=new${at}`);
  const found = liveWith((spec) =>
    spec.hourMs === at(12) ? { ...spec, values: [...(spec.values ?? []), ...names] } : spec,
  );
  expect(found.map(({ value }) => value)).toEqual(told);
  if (count === 40)
    expect(found[0]?.sentence).toContain("40 tool names (new0, new1, new2, …) for the first time, 40 times");
});

describe("an account of a database", () => {
  /** Reads from a day on; writes in one hour; others write all the time. */
  const kindsOf = (readsFromDay: number) => {
    const random = randomOf(5);
    const habit = service(random);
    const writers = [1, 2, 3].map((one) => service(random, `service:writer${one}`));
    return live(
      (hourMs) => [
        ...writers.map((writer) => hourRow({ ...writer(hourMs), values: ["access=write", "access=read"] })),
        hourRow({
          ...habit(hourMs),
          values: [
            ...(hourMs >= START_MS + readsFromDay * DAY_MS ? ["access=read"] : []),
            ...(hourMs === at(12) ? ["access=write"] : []),
          ],
        }),
      ],
      DAYS,
      21,
    ).map(({ subject, value }) => `${subject} ${value ?? ""}`);
  };

  test("that only read and now writes is told of, whoever else writes", () => {
    expect(kindsOf(0)).toEqual(["service:billing access=write"]);
  });
  test("that has read for a week is not known well enough for that", () => {
    expect(kindsOf(DAYS - 8)).toEqual([]);
  });
});

test("a tool that two others know surprises nobody", () => {
  const random = randomOf(4);
  const others = [1, 2].map((at) => service(random, `service:other${at}`));
  const habit = service(random);
  const found = live(
    (hourMs) => [
      ...others.map((other) => hourRow({ ...other(hourMs), values: ["tool=search", "tool=shell", "route=batch"] })),
      hourRow(hourMs === at(12) ? { ...habit(hourMs), values: ["tool=shell", "route=batch"] } : habit(hourMs)),
    ],
    DAYS,
    21,
  );
  expect(found).toEqual([]);
});

test("what many do at once is told once, by its strongest", () => {
  const one = (subject: string, sigmas: number, kind: Anomaly["kind"] = "errors"): Anomaly => ({
    dimension: "principal",
    subject,
    kind,
    hourMs: START_MS,
    sentence: `${subject} is strange.`,
    seen: 1,
    expected: 0,
    spread: 0,
    sigmas,
    history: 1,
  });
  const many = Array.from({ length: 6 }, (_, index) => one(`user:${index}`, index));
  const found = withCommonCauses([...many, one("user:9", 7, "first-seen")], { principal: 40 });
  expect(found.map(({ subject }) => subject)).toEqual(["user:5", "user:9"]);
  expect(found[0]?.sentence).toContain("6 of 40 principals at once");
  expect(withCommonCauses(many, { principal: 400 })).toEqual(many);
});

describe("what is strange of one caller", () => {
  const placed = (
    dimension: Anomaly["dimension"],
    subject: string,
    kind: Anomaly["kind"],
    seen: number,
    more: { readonly value?: string; readonly seenWith?: readonly string[]; readonly hour?: number } = {},
  ) => ({
    anomaly: {
      dimension,
      subject,
      kind,
      hourMs: START_MS + (more.hour ?? 0) * HOUR_MS,
      sentence: "",
      seen,
      expected: 10,
      spread: 0,
      sigmas: 9,
      history: 1,
      ...(more.value !== undefined && { value: more.value }),
    },
    seenWith: Object.fromEntries((more.seenWith ?? []).map((name) => [name, 1])),
  });
  const THROUGH = ["route=agents", "model=small", "agent=billing"];
  const agent = placed("agent", "billing", "volume", 1_000, { seenWith: THROUGH });
  type Case = readonly [string, ReturnType<typeof placed>, ReturnType<typeof placed>, boolean];

  test.each<Case>([
    ["volume of its route", agent, placed("route", "agents", "volume", 1_100), true],
    ["volume of its source", agent, placed("source", "gateway", "volume", 1_500), true],
    ["latency of its model", agent, placed("model", "small", "latency", 9_000), true],
    ["volume of its own principal", agent, placed("principal", "agent:b", "volume", 900, { seenWith: THROUGH }), true],
    ["far larger volume of its route", agent, placed("route", "agents", "volume", 9_000), false],
    ["volume of another route", agent, placed("route", "chat", "volume", 900), false],
    ["volume of another hour", agent, placed("route", "agents", "volume", 900, { hour: 1 }), false],
    ["errors of its route", agent, placed("route", "agents", "errors", 900), false],
    ["volume of somebody else", agent, placed("principal", "user:a", "volume", 900), false],
    [
      "same new tool of its model",
      placed("agent", "billing", "first-seen", 1, { value: "tool=x", seenWith: THROUGH }),
      placed("model", "small", "first-seen", 1, { value: "tool=x" }),
      true,
    ],
    [
      "other new tool of its model",
      placed("agent", "billing", "first-seen", 1, { value: "tool=x", seenWith: THROUGH }),
      placed("model", "small", "first-seen", 1, { value: "tool=y" }),
      false,
    ],
  ])("and the %s are one or two causes", (_, narrow, broad, isEcho) => {
    expect([...echoesOf([broad, narrow])]).toEqual(isEcho ? [broad.anomaly] : []);
  });
});

test("an outlier moves neither the median nor the scale by much, and heavy tails widen the scale", () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(median([...values, 1e9])).toBe(5.5);
  const random = randomOf(2);
  const steady = Array.from({ length: 400 }, () => random() - 0.5);
  const heavy = steady.map((value, index) => (index % 25 === 0 ? 20 * value : value));
  expect(robustScale(heavy)).toBeGreaterThan(2 * robustScale(steady));
  expect(robustScale([...steady, 1e6])).toBeLessThan(2 * robustScale(steady));
});
