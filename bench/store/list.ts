/**
 * The console's list, search and overview over a million exchanges, against a `count()` that reads all of the
 * same table in the same run. Goal: list and search ≤ 300 ms. `npm run bench:list [exchanges] [repeats]`; about a minute to fill.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "chdb";
import { DEFAULT_TENANT, type ExchangeId } from "@parapet/model";
import { ExchangesQuery } from "@parapet/model/api";
import { systemClock, toTimestamp, uuidv7 } from "@parapet/server/platform";
import { openChdbEventStore, type ExchangeRow } from "@parapet/server/storage";
import { random } from "./records.ts";

const count = Number(process.argv[2] ?? 1_000_000);
const repeats = Number(process.argv[3] ?? 7);
const BATCH = 20_000;
const DAY_MS = 86_400_000;
const DAYS = 7;

const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
const directory = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-"));
const store = await openChdbEventStore({ directory });
const nowMs = systemClock.now();

/** A row as the drain makes it. */
const rowOf = (index: number): ExchangeRow => {
  const timeMs = nowMs - DAYS * DAY_MS + (index * DAYS * DAY_MS) / count;
  const found = random() < 0.05;
  const person = `user:person-${String((index * 7_919) % 5_000)}`;
  const id = uuidv7<ExchangeId>(timeMs);
  const session = `fp-${String(index >> 3)}`;
  const model = pick(["bench-model-1", "bench-model-2", "bench-model-3"]);
  const route = pick(["assistant", "support", "batch", "tools"]);
  return {
    tenant: DEFAULT_TENANT,
    id,
    time: toTimestamp(timeMs),
    route,
    session,
    principal: person,
    model,
    verdict: found ? pick(["block", "redact", "observe"] as const) : "allow",
    would: found ? "block" : "allow",
    ...(found && { policy: "stop-injection" }),
    state: random() < 0.01 ? "upstream_error" : "completed",
    severity: found ? "high" : "informational",
    categories: found ? [pick(["prompt_injection", "secret", "personal_data"] as const)] : [],
    matches: found ? 1 : 0,
    unscannable: 0,
    latencyMs: 500 + random() * 3_000,
    addedMs: 0.3 + random(),
    streamed: random() < 0.5,
    status: 200,
    search: `${id} ${route} ${session} ${person} ${model} 192.0.2.${String(index % 250)}${found ? " stop-injection prompt-injection" : ""}`,
    version: 1,
  };
};

const startMs = performance.now();
let middle = "";
for (let first = 0; first < count; first += BATCH) {
  const rows = Array.from({ length: Math.min(BATCH, count - first) }, (_, at) => rowOf(first + at));
  if (first <= count / 2) middle = rows[0]?.id ?? "";
  // One in ten was stored while it was open too, by an earlier batch.
  const open = rows.flatMap((row, at) =>
    at % 10 === 0 ? [{ ...row, state: "open" as const, latencyMs: 0, version: 0 }] : [],
  );
  await store.insert({ events: [], exchanges: open }, `open-${String(first)}`);
  await store.insert({ events: [], exchanges: rows }, `ended-${String(first)}`);
}
console.log(`${String(count)} exchanges in ${((performance.now() - startMs) / 1_000).toFixed(0)} s\n`);

const session = new Session(join(directory, "data"), {
  connectionArgs: [`--config-file=${join(directory, "engine.xml")}`],
});
const list = (query: object) => async (): Promise<number> =>
  (await store.listExchanges(DEFAULT_TENANT, ExchangesQuery.parse(query))).items.length;
const second = (await store.listExchanges(DEFAULT_TENANT, ExchangesQuery.parse({}))).next;
const BASELINE = "count() that reads every column";
const cases: readonly (readonly [string, () => Promise<number>])[] = [
  [
    BASELINE,
    async () =>
      Number(
        (
          await session.queryBindAsync(
            "SELECT count() FROM parapet.exchanges WHERE NOT ignore(*)",
            {},
            { format: "TSV" },
          )
        ).text(),
      ),
  ],
  ["list, newest", list({})],
  ["list, second page", list({ cursor: second })],
  ["list, last 24 hours, one route", list({ since: "24h", route: "support" })],
  ["list, blocked", list({ verdict: "block" })],
  ["list, failed", list({ only: "failed" })],
  ["list, one category", list({ category: "secret" })],
  ["search, a common word", list({ q: "bench-model-2" })],
  ["search, one person", list({ q: "person-4711" })],
  ["search, two words", list({ q: "person-4711 stop-injection" })],
  ["search, an exchange id", list({ q: middle })],
  ["search, a word that is nowhere", list({ q: "zebra-crossing" })],
  ["one exchange", async () => ((await store.getExchange(DEFAULT_TENANT, middle)) === undefined ? 0 : 1)],
  ["overview, 24 hours", async () => (await store.overview(DEFAULT_TENANT, nowMs - DAY_MS, nowMs)).exchanges],
  ["overview, 7 days", async () => (await store.overview(DEFAULT_TENANT, nowMs - DAYS * DAY_MS, nowMs)).exchanges],
];
let baseMs = Number.NaN;
console.log("| query | median ms | fastest | slowest | × baseline | rows |\n|---|---|---|---|---|---|");
for (const [name, run] of cases) {
  let rows = await run();
  const took: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const before = performance.now();
    rows = await run();
    took.push(performance.now() - before);
  }
  took.sort((a, b) => a - b);
  const median = took[Math.floor(took.length / 2)] ?? Number.NaN;
  if (name === BASELINE) baseMs = median;
  console.log(
    `| ${name} | ${median.toFixed(0)} | ${(took[0] ?? 0).toFixed(0)} | ${(took.at(-1) ?? 0).toFixed(0)} | ${(median / baseMs).toFixed(2)} | ${String(rows)} |`,
  );
}
rmSync(directory, { recursive: true, force: true });
process.exit(0);
