/**
 * A look at the behaviour of a company over its hourly aggregates, in the real stores: the daily learning of all
 * baselines, and the look of every few minutes after it. Baseline: reading the same hours and doing nothing with them.
 * Then the false anomalies of a quiet company of 200 in memory, several months of them.
 * `npm run bench:behaviour [principals] [days] [companies]`; some minutes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BehaviourConfiguration, DEFAULT_TENANT, type HourlyRow } from "@parapet/model";
import { createBehaviour } from "@parapet/server/monitor";
import { createLogger, fakeClock } from "@parapet/server/platform";
import { openChdbEventStore, openSqliteControlStore } from "@parapet/server/storage";
import { live, makeCompany } from "../../server/src/detection/company.fixture.ts";

const [principals = 5_000, days = 30, companies = 3] = process.argv.slice(2).map(Number);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 5);
const COMPANY = 200;
const directory = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const events = await openChdbEventStore({ directory: join(directory, "events") });
const control = openSqliteControlStore(join(directory, "control.db"));

/** One company of 200, as often as it takes: what is measured does not depend on who is alike. */
const company = makeCompany(Math.min(COMPANY, principals), 1);
const copies = Math.max(1, Math.round(principals / COMPANY));
let rows = 0;
for (let day = 0; day <= days; day += 1) {
  const batch: HourlyRow[] = [];
  for (let hour = 0; hour < (day === days ? 10 : 24); hour += 1)
    for (const row of company.hours(START_MS + day * DAY_MS + hour * HOUR_MS))
      for (let copy = 0; copy < copies; copy += 1) batch.push({ ...row, id: `${row.id}-${String(copy)}` });
  await events.insert({ events: [], exchanges: [], hourly: batch }, `day ${String(day)}`);
  rows += batch.length;
}

const clock = fakeClock(START_MS + days * DAY_MS + 9.5 * HOUR_MS);
const timed = async (name: string, work: () => Promise<unknown>): Promise<number> => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  results.push([name, ms, (user + system) / 1_000]);
  return ms;
};
const results: [string, number, number][] = [];

await timed("reading all hours, nothing done with them", async () => {
  const query = { dimension: "principal", fromMs: START_MS, untilMs: START_MS + (days + 1) * DAY_MS } as const;
  let read = 0;
  for await (const batch of events.scanHourly(DEFAULT_TENANT, query)) read += batch.length;
  if (read !== rows) throw new Error(`${String(read)} of ${String(rows)} hours were read`);
});
const behaviour = createBehaviour({
  tenant: DEFAULT_TENANT,
  events,
  control,
  clock,
  logger: createLogger("warn"),
  settings: BehaviourConfiguration.parse({}),
  assets: [],
  subjects: { existing: async () => undefined },
  signatureSeed: 1,
});
await timed("first look of a day: learns all baselines, judges", behaviour.look);
const learnedBytes = process.memoryUsage().rss;
await timed("next look: judges the last hours", behaviour.look);
clock.advance(HOUR_MS);
await timed("look after the hour has turned", behaviour.look);
const [[, readMs] = ["", 1]] = results;

console.log(`${String(principals)} principals, ${String(days)} days, ${String(rows)} hours with activity\n`);
console.log("| step | wall s | × reading | CPU s |\n|---|---|---|---|");
for (const [name, ms, cpuMs] of results)
  console.log(`| ${name} | ${(ms / 1_000).toFixed(1)} | ${(ms / readMs).toFixed(1)} | ${(cpuMs / 1_000).toFixed(1)} |`);
console.log(`\nResident after learning, event store included: ${(learnedBytes / 2 ** 20).toFixed(0)} MiB`);

const JUDGED_DAYS = 28;
let anomalies = 0;
let outages = 0;
for (let seed = 1; seed <= companies; seed += 1)
  for (const { sentence } of live(makeCompany(COMPANY, seed).hours, 28 + JUDGED_DAYS, 28))
    if (sentence.includes("so one cause is likely")) outages += 1;
    else anomalies += 1;
const judged = companies * JUDGED_DAYS;
if (judged > 0)
  console.log(
    `\nQuiet companies of ${String(COMPANY)}: ${String(anomalies)} false anomalies in ${String(judged)} days, ${(anomalies / judged).toFixed(2)} a day; the outages that are in them were told ${String(outages)} times.`,
  );
await events.close();
await control.close();
process.exit(0);
