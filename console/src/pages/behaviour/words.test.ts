import { expect, test } from "vitest";
import { answerOf, chartOf } from "./words.ts";

const response = { enabled: true, ready: 3, learning: 1, items: [], anomalies: [] };
const anomaly = {
  dimension: "principal" as const,
  subject: "user:ada",
  kind: "volume" as const,
  hourMs: Date.parse("2026-03-02T10:00:00.000Z"),
  sentence: "user:ada: 900 events.",
  seen: 900,
  expected: 40,
  spread: 60,
  sigmas: 9,
  history: 200,
};

test.each([
  ["off", { ...response, enabled: false }, "Behaviour is not looked at."],
  ["empty", { ...response, ready: 0, learning: 0 }, "Nothing is known of anybody yet."],
  ["learning", { ...response, ready: 0 }, "Still learning what is ordinary."],
  ["quiet", response, "Nothing is out of the ordinary."],
  ["strange", { ...response, anomalies: [anomaly] }, "1 anomaly in the last seven days."],
])("the page of a %s installation says so", (_, given, sentence) => {
  expect(answerOf(given, { items: [] })).toBe(sentence);
});

test("a line has a gap where nothing was done, and a dot where it is strange", () => {
  const point = (hour: string, seen: number) => ({ time: `2026-03-02T${hour}:00:00.000Z`, seen, low: 1, high: 9 });
  const chart = chartOf({
    subject: {
      dimension: "principal",
      id: "user:ada",
      ready: true,
      hours: 200,
      hoursNeeded: 40,
      days: 20,
      daysNeeded: 7,
      excludedDays: 0,
      eventsPerDay: 100,
      learnedAt: "2026-03-02T00:00:00.000Z",
      group: "",
      anomalies: 1,
    },
    metric: "events",
    points: [point("08", 4), point("10", 900), point("11", 5)],
    anomalies: [anomaly],
    changes: [],
    drift: [],
  });
  expect(chart.seen).toEqual([4, null, 900, 5]);
  expect([...chart.strange]).toEqual([2]);
});
