import { COUNTS, DEFAULT_TENANT, HourlyRow, type Anomaly, type BehaviourChange } from "@parapet/model";
import { BehaviourResponse, BehaviourSeries, DriftResponse } from "@parapet/model/api";
import { expect, test } from "vitest";
import { learn, summarise } from "#detection";
import { emptyEvents, startApi, type TestApi } from "./api.fixture.ts";

const HOUR_MS = 3_600_000;
const NAME = "service:billing/jobs@eu";

const hour = (hourMs: number, events: number): HourlyRow =>
  HourlyRow.parse({
    tenant: DEFAULT_TENANT,
    dimension: "principal",
    id: NAME,
    hourMs,
    counts: { ...Object.fromEntries(COUNTS.map((name) => [name, 0])), events },
    values: {},
    cells: {},
    samples: [],
  });

/** An API over a principal with three weeks of steady hours, one anomaly and two changes. */
const withHistory = async (): Promise<TestApi & { readonly nowMs: number }> => {
  const rows: HourlyRow[] = [];
  const api = await startApi({
    events: {
      ...emptyEvents,
      async *scanHourly(_tenant, { fromMs, untilMs }) {
        yield rows.filter(({ hourMs }) => hourMs >= fromMs && hourMs < untilMs);
      },
    },
  });
  const nowMs = Math.floor(api.clock.now() / HOUR_MS) * HOUR_MS;
  for (let back = 21 * 24; back > 0; back -= 1)
    rows.push(hour(nowMs - back * HOUR_MS, back === 3 ? 900 : 100 + (back % 5)));
  const { baseline } = learn(
    { dimension: "principal", id: NAME, rows, seen: [], excludedDays: new Set(), previous: undefined, nowMs },
    api.tools.behaviour.baselines,
  );
  const anomaly: Anomaly = {
    dimension: "principal",
    subject: NAME,
    kind: "volume",
    hourMs: nowMs - 3 * HOUR_MS,
    sentence: `${NAME}: 900 events.`,
    seen: 900,
    expected: 102,
    spread: 110,
    sigmas: 9,
    history: 504,
  };
  const change = (id: string, subject: string): BehaviourChange => ({
    id,
    time: new Date(nowMs - HOUR_MS).toISOString(),
    kind: "policy",
    subject,
    touches: [],
    sentence: `${id} changed`,
  });
  const subject = `principal ${NAME}`;
  const time = (ms: number) => new Date(ms).toISOString();
  await api.tools.control.putNotes(DEFAULT_TENANT, [
    { kind: "baseline", id: subject, subject, time: time(nowMs), data: baseline },
    { kind: "baseline-summary", id: subject, subject, time: time(nowMs), data: summarise(baseline) },
    {
      kind: "baseline-summary",
      id: "principal broken",
      subject: "principal broken",
      time: time(nowMs),
      data: { old: true },
    },
    { kind: "anomaly", id: "a", subject, time: time(anomaly.hourMs), data: anomaly },
    { kind: "change", id: "policies", subject: "", time: time(nowMs - HOUR_MS), data: change("policies", "") },
    {
      kind: "change",
      id: "other",
      subject: "model other",
      time: time(nowMs - HOUR_MS),
      data: change("other", "other"),
    },
  ]);
  return Object.assign(api, { nowMs });
};

const path = `/behaviour/principal/${encodeURIComponent(NAME)}`;

test("subjects are listed with what is known of them, and anomalies beside", async () => {
  await using api = await withHistory();
  const answer = BehaviourResponse.parse(await (await api.call("GET", "/behaviour", { as: "viewer" })).json());
  expect(answer).toMatchObject({ enabled: true, ready: 1, learning: 0 });
  expect(answer.items).toMatchObject([{ id: NAME, ready: true, hours: 504, hoursNeeded: 40, anomalies: 1 }]);
  expect(answer.anomalies.map(({ sentence }) => sentence)).toEqual([`${NAME}: 900 events.`]);
  const none = BehaviourResponse.parse(
    await (await api.call("GET", "/behaviour?state=learning", { as: "viewer" })).json(),
  );
  expect(none.items).toEqual([]);
});

test("a subject's hours come with the band that is expected, its anomalies and the changes that concern it", async () => {
  await using api = await withHistory();
  const series = BehaviourSeries.parse(await (await api.call("GET", `${path}?days=2`, { as: "viewer" })).json());
  expect(series.points.length).toBe(47);
  const spike = series.points.find(({ seen }) => seen === 900);
  expect(spike?.high).toBeLessThan(200);
  expect(spike?.low).toBeLessThanOrEqual(spike?.expected ?? 0);
  expect(series.anomalies.length).toBe(1);
  expect(series.changes.map(({ id }) => id)).toEqual(["policies"]);
  const tokens = BehaviourSeries.parse(await (await api.call("GET", `${path}?metric=errors`, { as: "viewer" })).json());
  expect(tokens.points.every(({ seen }) => seen === 0)).toBe(true);
});

test.each([
  ["/behaviour/principal/nobody", 404],
  ["/behaviour/planet/earth", 404],
  [`${path}?metric=height`, 400],
  [`${path}?days=400`, 400],
])("%s is %s", async (asked, status) => {
  await using api = await withHistory();
  expect((await api.call("GET", asked, { as: "viewer" })).status).toBe(status);
});

test("accepting takes anomalies back and frees the reference, by an analyst and on record", async () => {
  await using api = await withHistory();
  expect((await api.call("POST", `${path}/accept`, { as: "viewer" })).status).toBe(403);
  const accepted = await api.call("POST", `${path}/accept`, { as: "analyst" });
  expect(await accepted.json()).toEqual({ anomalies: 1 });
  const answer = BehaviourResponse.parse(await (await api.call("GET", "/behaviour", { as: "viewer" })).json());
  expect(answer.anomalies).toEqual([]);
  expect(answer.items[0]?.referenceAt).toBeUndefined();
  expect(api.audits.map(({ type, target }) => [type, target])).toContainEqual([
    "behaviour.accepted",
    `principal ${NAME}`,
  ]);
});

test("drift is listed with the changes around it", async () => {
  await using api = await withHistory();
  const drift = DriftResponse.parse(await (await api.call("GET", "/drift", { as: "viewer" })).json());
  expect(drift.items).toEqual([]);
  expect(drift.changes.map(({ id }) => id).toSorted()).toEqual(["other", "policies"]);
});
