import { expect, test } from "vitest";
import { makeCompany } from "./company/company.ts";
import { plant } from "./harness/cast.ts";
import { CATALOGUE } from "./harness/content.ts";
import { FULL, measure, SMALL } from "./harness/measure.ts";
import { payloadOf } from "./harness/payload.ts";
import { EPISODES, FAMILIES, isFrozen, SCENARIOS } from "./scenarios/index.ts";
import { isGateway, type Signal } from "./payloads/signal.ts";

const company = makeCompany(FULL.seed, FULL.people);
const attacks = plant(SCENARIOS, company, FULL.days, true);
const episodes = plant(EPISODES, company, FULL.days, false);

test("every family has a loud and a subtle scenario, and a third of all is frozen", () => {
  expect(new Set(SCENARIOS.map(({ id }) => id)).size).toBe(SCENARIOS.length);
  for (const family of FAMILIES) {
    const own = SCENARIOS.filter((one) => one.family === family);
    expect([family, ...new Set(own.map(({ variant }) => variant))].toSorted()).toEqual(
      [family, "loud", "subtle"].toSorted(),
    );
    expect([family, own.filter(({ id }) => isFrozen(id)).length]).toEqual([family, 1]);
  }
  expect(SCENARIOS.filter(({ id }) => isFrozen(id)).length * 3).toBe(SCENARIOS.length);
});

test("a month has room for everything that is planted, and plants the same each time", () => {
  expect(attacks.length).toBe(SCENARIOS.length);
  expect(episodes.length).toBe(EPISODES.length);
  const again = plant(SCENARIOS, makeCompany(FULL.seed, FULL.people), FULL.days, true);
  expect(again.map(({ played, fromMs }) => [played, fromMs])).toEqual(
    attacks.map(({ played, fromMs }) => [played, fromMs]),
  );
});

/** Kinds that a source makes of what it was sent; a fault is its sentence. */
const readAs = (source: string, signals: readonly Signal[]): string[] => {
  const found = CATALOGUE.find(({ id }) => id === source);
  if (found === undefined) return [`there is no source ${source}`];
  return Array.from(found.split(payloadOf(source, signals)), (record) => {
    if (!record.ok) return record.reason;
    const decoded = found.decode(record.record, { receivedAt: "2026-09-07T00:00:00.000Z" });
    return decoded.kind === "event" ? decoded.event.kind : decoded.reason;
  });
};

test.each([...attacks, ...episodes].map((planted) => [planted.what.id, planted] as const))(
  "each record of %s is an event of its source",
  (_id, { played }) => {
    const telemetry = played.signals.filter((signal) => !isGateway(signal));
    for (const [source, signals] of Map.groupBy(telemetry, (signal) => signal.source)) {
      const kinds = readAs(source, signals);
      expect(kinds.length).toBe(signals.length);
      for (const kind of new Set(kinds)) expect(kind).toMatch(/^[a-z_]+(?:\.[a-z_]+)*$/);
    }
  },
);

// A minute of work: in the long profile.
const long = test.runIf(process.env["PARAPET_SOAK"] !== undefined);
long("three days go down the whole road, and what the shipped rules know is found", { timeout: 240_000 }, async () => {
  const report = await measure({ ...SMALL, people: 20 });
  const found = report.verdicts.filter(({ rules }) => rules.length > 0).map(({ id }) => id);
  expect(found).toEqual(
    expect.arrayContaining([
      "jailbreak-burst-by-person",
      "shell-after-injection",
      "silent-tetragon",
      "poison-upsert-then-retrieved",
    ]),
  );
  expect(report.events).toBeGreaterThan(10_000);
  expect(report.falsePerDay).toBeLessThan(10);
});
