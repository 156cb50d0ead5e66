/**
 * Spool to store, end to end: a full spool drained into event store, findings and ledger, against plain inserts of
 * as many rows of the same size into the same engine, in one run. `npm run bench:store [exchanges] [rounds]`.
 * Goal: 20,000 events per second. About half a minute a round.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const exchanges = Number(process.argv[2] ?? 20_000);
const rounds = Number(process.argv[3] ?? 2);
const BATCH = 4_000;

interface Drained {
  readonly records: number;
  readonly bytes: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly mainMs: number;
  readonly spent: Readonly<Record<string, number>>;
  readonly leaves: number;
}

const runIn = <T>(script: string, parameters: readonly unknown[]): T => {
  const directory = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-"));
  try {
    const { stdout, stderr, status, signal } = spawnSync(
      process.execPath,
      [
        "--conditions=source",
        "--disable-warning=ExperimentalWarning",
        join(import.meta.dirname, script),
        directory,
        ...parameters.map(String),
      ],
      { encoding: "utf8", timeout: 240_000 },
    );
    if (status !== 0) throw new Error(`${script} ended with ${String(status ?? signal)}: ${stderr}`);
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

console.log(
  "| round | events | KB/event | events/s | CPU µs/event | of it on the event loop | plain inserts/s | drain ÷ plain |\n|---|---|---|---|---|---|---|---|",
);
const all: Drained[] = [];
for (let round = 1; round <= rounds; round++) {
  const drained = runIn<Drained>("drain.ts", [exchanges]);
  if (drained.leaves !== drained.records) throw new Error("the ledger does not hold every record");
  all.push(drained);
  const { records, bytes, wallMs, cpuMs, mainMs } = drained;
  const plain = runIn<{ wallMs: number }>("plain-insert.ts", [records, Math.round(bytes / records), BATCH]);
  const rate = (1_000 * records) / wallMs;
  const plainRate = (1_000 * records) / plain.wallMs;
  console.log(
    `| ${String(round)} | ${String(records)} | ${(bytes / records / 1_024).toFixed(1)} | ${rate.toFixed(0)} | ${((1_000 * cpuMs) / records).toFixed(0)} | ${((1_000 * mainMs) / records).toFixed(0)} | ${plainRate.toFixed(0)} | ${(rate / plainRate).toFixed(2)} |`,
  );
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const names = [...new Set(all.flatMap(({ spent }) => Object.keys(spent)))];
console.log("\n| step | wall µs/event | of the whole |\n|---|---|---|");
for (const name of names) {
  const each = median(all.map(({ spent, records }) => (1_000 * (spent[name] ?? 0)) / records));
  const share = median(all.map(({ spent, wallMs }) => (spent[name] ?? 0) / wallMs));
  console.log(`| ${name} | ${each.toFixed(1)} | ${(100 * share).toFixed(0)} % |`);
}
