/**
 * One process that fills a real spool and drains it through the real drain: event store, findings by all rules,
 * ledger, control store. Prints one line of JSON. Started by run.ts; `node drain.ts DIRECTORY EXCHANGES`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLedger, loadOrCreateSigner } from "@parapet/server/ledger";
import { createDetection, createDrain, createDrainIntent, createSubjectKeys } from "@parapet/server/monitor";
import { createLogger, systemClock } from "@parapet/server/platform";
import { loadRules } from "@parapet/server/rules";
import {
  openChdbEventStore,
  openFileSpool,
  openSqliteControlStore,
  openSqliteLedgerStore,
} from "@parapet/server/storage";
import { createRecordMaker } from "./records.ts";

const [directory = "", exchanges = "20000"] = process.argv.slice(2);
const GIVE_UP_MS = 120_000;
const root = join(import.meta.dirname, "..", "..");
const spoolOptions = {
  directory: join(directory, "spool"),
  key: Buffer.alloc(32, 1),
  bytesMax: 4 * 1024 ** 3,
  segmentBytes: 64 * 1024 ** 2,
};

const filling = await openFileSpool(spoolOptions);
let records = 0;
let units = 0;
let waiting: Promise<unknown>[] = [];
const make = createRecordMaker((record) => {
  const json = JSON.stringify(record);
  records += 1;
  units += json.length;
  waiting.push(filling.append(json));
});
for (let index = 0; index < Number(exchanges); index++) {
  await make(index);
  if (waiting.length < 2_000) continue;
  await Promise.all(waiting);
  waiting = [];
}
await Promise.all(waiting);
await filling.close();

// Opened again, so that records come from the files and not from memory, as after an outage of the monitor.
const spool = await openFileSpool(spoolOptions);
const events = await openChdbEventStore({ directory: join(directory, "events") });
const control = openSqliteControlStore(join(directory, "control.db"));
const ledgerStore = await openSqliteLedgerStore(join(directory, "ledger"));
const ledger = createLedger({
  store: ledgerStore,
  signer: await loadOrCreateSigner(join(directory, "signing.pem"), "bench/log"),
  origin: "bench/log",
  now: systemClock.now,
});
const ruleFiles = readdirSync(join(root, "rules"), { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".yml"),
);
const rules = loadRules(ruleFiles.map((path) => ({ path, text: readFileSync(join(root, "rules", path), "utf8") }))).set;
const intent = createDrainIntent(join(directory, "drain.json"));
const detection = createDetection({ rules: () => rules, control, clock: systemClock });

/** Wall time inside each step, milliseconds; steps that overlap add up to more than the whole. */
const spent: Record<string, number> = {};
const timed =
  <A extends readonly unknown[], T>(name: string, work: (...parameters: A) => Promise<T>) =>
  async (...parameters: A): Promise<T> => {
    const start = performance.now();
    try {
      return await work(...parameters);
    } finally {
      spent[name] = (spent[name] ?? 0) + performance.now() - start;
    }
  };
spool.read = timed("read the spool", spool.read.bind(spool));
spool.trim = timed("trim the spool", spool.trim.bind(spool));
events.insert = timed("event store", events.insert.bind(events));
control.changeOpenExchanges = timed("open exchanges", control.changeOpenExchanges.bind(control));
ledger.append = timed("ledger", ledger.append.bind(ledger));

const subjects = createSubjectKeys(control, Buffer.alloc(32, 2), systemClock.now);
const drain = createDrain({
  spool,
  events,
  control,
  ledger,
  cursor: () => ledgerStore.cursor(),
  intent: { pending: intent.pending, declare: timed("intent", intent.declare) },
  subjects: { ...subjects, forBatch: timed("keys of new people", subjects.forBatch) },
  detection: {
    match: timed("match", detection.match),
    fold: timed("rules", detection.fold),
    store: timed("findings", detection.store),
  },
  publish: () => undefined,
  clock: systemClock,
  logger: createLogger("warn"),
});
const cpu = process.cpuUsage();
const own = process.threadCpuUsage();
const start = performance.now();
drain.start();
// Ends with an error instead of trying for ever.
setTimeout(() => process.exit(1), GIVE_UP_MS).unref();
await drain.settle();
const wallMs = performance.now() - start;
const whole = process.cpuUsage(cpu);
const main = process.threadCpuUsage(own);
await drain.stop();
console.log(
  JSON.stringify({
    records,
    bytes: units,
    wallMs,
    cpuMs: (whole.user + whole.system) / 1_000,
    mainMs: (main.user + main.system) / 1_000,
    spent,
    leaves: await ledgerStore.size(),
  }),
);
await events.close();
await ledgerStore.close();
await control.close();
await spool.close();
process.exit(0);
