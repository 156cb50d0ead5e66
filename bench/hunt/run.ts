/**
 * What a hunt and a look for correlations cost over an hour of events. `npm run bench:hunt [-- EVENTS [FOLDER]]`;
 * a folder that has events already, from a run that was cut off too, is measured as it is, with hits for EVENTS. Every question is asked three times, the middle one counts.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TENANT, EventId } from "@parapet/model";
import { answerHunt } from "@parapet/server/api";
import { createCorrelating } from "@parapet/server/monitor";
import { createLogger } from "@parapet/server/platform";
import { loadRules } from "@parapet/server/rules";
import { openChdbEventStore, openSqliteControlStore } from "@parapet/server/storage";

const [wanted = "200000", given] = process.argv.slice(2);
const EVENTS = Number(wanted);
const BATCH = 10_000;
const RULES = 100;
const HOUR_MS = 3_600_000;
const TO_MS = Date.UTC(2026, 10, 21, 18);
const WORDS = "alpha report customer northern region ordered spare parts deliveries warehouse building planning".split(
  " ",
);

const folder = given ?? mkdtempSync(join(tmpdir(), "parapet-bench-hunt-"));
const isMade = existsSync(join(folder, "data"));
const events = await openChdbEventStore({ directory: folder });

const timeOf = (index: number): string =>
  new Date(TO_MS - HOUR_MS + Math.floor((index * HOUR_MS) / EVENTS)).toISOString();
const idOf = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`;
const makeEvent = (index: number) => ({
  tenant: DEFAULT_TENANT,
  id: EventId.parse(idOf(index)),
  time: timeOf(index),
  receivedAt: timeOf(index),
  source: "cloudtrail",
  kind: "api.call",
  schemaVersion: 1,
  severity: "informational" as const,
  principal: `user:person-${(index * 7_919) % 20_000}`,
  session: `session-${index % 200_000}`,
  body: {
    action: `action-${(index * 31) % 5_000}`,
    outcome: index % 3 === 0 ? "failure" : "success",
    tool: `tool-${(index * 17) % 2_000}`,
    address: `10.${index % 256}.${(index * 3) % 256}.7`,
    latencyMs: (index * 13) % 5_000,
    commandLine: `curl -o /tmp/${(index * 2_654_435_761) % 4_294_967_296} https://example.com/`,
    notes: `${Array.from({ length: 80 }, (_, at) => WORDS[(index * (at + 3)) % WORDS.length]).join(" ")}${index === 77_777 ? " needleword" : ""}`,
  },
});
if (!isMade) {
  for (let at = 0; at < EVENTS; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, EVENTS - at) }, (_, index) => makeEvent(at + index));
    await events.insert({ events: batch, exchanges: [] }, `made-${at}`);
    if (at % 100_000 === 0) process.stderr.write(`\r${at} of ${EVENTS} events`);
  }
}

/** A correlation over each rule, of all the shapes; one event in a hundred is a hit. */
const ruleText = (index: number): string => {
  const shape = [
    "type: event_count, condition: {gte: 5}",
    "type: value_count, condition: {field: tool, gte: 4}",
    "type: value_sum, condition: {field: n, gt: 20000}",
    `type: temporal, rules: [r${index}, r${(index + 1) % RULES}]`,
  ][index % 4];
  const rules = shape?.includes("rules:") === true ? "" : `rules: [r${index}], `;
  return `title: R\nname: r${index}\nlogsource: {product: ai, service: audit}\ndetection: {s: {action: action-${index}}, condition: s}\n---\ntitle: C\nname: c${index}\ncorrelation: {${rules}${shape}, group-by: [user], timespan: 1h}\n`;
};
const { set, diagnostics } = loadRules(
  Array.from({ length: RULES }, (_, index) => ({ path: `${index}.yml`, text: ruleText(index) })),
);
if (diagnostics.some(({ level }) => level === "error")) throw new Error(JSON.stringify(diagnostics[0]));
const HITS = Math.floor(EVENTS / 100);
const STEP = 50_000;
for (let at = 0; at < HITS; at += STEP) {
  const hits = Array.from({ length: Math.min(STEP, HITS - at) }, (_, offset) => {
    const index = at + offset;
    return {
      tenant: DEFAULT_TENANT,
      rule: `r${index % RULES}`,
      version: "v",
      event: idOf(index * 100),
      time: timeOf(index * 100),
      exchange: "",
      fields: { user: `user:person-${(index * 7_919) % 20_000}`, tool: `tool-${index % 50}`, n: String(index % 5_000) },
    };
  });
  await events.insertHits(hits, TO_MS, `hits-${at}`);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[1] ?? 0;
const tools = { events, rules: () => set, nowMs: () => TO_MS };
console.log("| what | found | ms | CPU ms |\n|---|---|---|---|");
const ask = async (name: string, where: string): Promise<void> => {
  const took: number[] = [];
  const worked: number[] = [];
  let found = 0;
  for (let turn = 0; turn < 3; turn += 1) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    const request = { where, since: "2h", limit: 50, counts: true };
    found = (await answerHunt(tools, DEFAULT_TENANT, request)).total ?? 0;
    took.push(performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    worked.push((user + system) / 1_000);
  }
  console.log(`| ${name}: \`${where}\` | ${found} | ${Math.round(median(took))} | ${Math.round(median(worked))} |`);
};
await ask("all there is", "source = cloudtrail");
await ask("indexed field", "principal = user:person-77");
await ask("indexed field", "session = session-4711");
await ask("field of the body, by its words", "tool = tool-1234 and outcome = failure");
await ask("word", '"needleword"');
await ask("word of a field", "notes contains ' needleword'");
await ask("substring", "commandLine contains 654321");
await ask("substring", 'notes contains "eedlewor"');

const controlFolder = mkdtempSync(join(tmpdir(), "parapet-bench-control-"));
const control = openSqliteControlStore(join(controlFolder, "control.db"));
const clock = { now: () => TO_MS, monotonic: () => performance.now() };
const correlating = createCorrelating({
  rules: () => set,
  events,
  control,
  assets: [],
  clock,
  logger: createLogger("error"),
});
const look = async (name: string): Promise<void> => {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const changed = await correlating.tick();
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `| ${name}, ${RULES} correlations over ${HITS} hits | ${changed} findings | ${Math.round(performance.now() - start)} | ${Math.round((user + system) / 1_000)} |`,
  );
};
await look("first look, with what it finds stored");
await look("the whole hour looked at again");

await control.close();
await events.close();
rmSync(controlFolder, { recursive: true, force: true });
if (given === undefined) rmSync(folder, { recursive: true, force: true });
