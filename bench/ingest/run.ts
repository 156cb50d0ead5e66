/**
 * Telemetry: payload → records → events → spool, durable, against reading the same payloads only, in one run; then
 * the same over HTTP into a whole server (`up`) that drains meanwhile. Goals: 15,000 OTLP spans/s, 20,000 JSON
 * events/s. `npm run bench:ingest [events] [rounds]`. About half a minute a round.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, systemClock } from "@parapet/server/platform";
import {
  createDeadLetters,
  createFeeds,
  createIntake,
  createSeenIds,
  type FeedParts,
  type Outcome,
} from "@parapet/server/ingest";
import { Configuration } from "@parapet/model";
import { SOURCES } from "@parapet/server/sources";
import { openFileSpool, openSqliteControlStore } from "@parapet/server/storage";
import { startParapet } from "../../e2e/parapet-process.ts";
import { jsonLines, otlpRequest } from "./payloads.ts";

const events = Number(process.argv[2] ?? 60_000);
const rounds = Number(process.argv[3] ?? 2);
const SENDERS = 8;
const KEY = "bench-source-key";

interface Load {
  readonly name: string;
  readonly feed: string;
  readonly path: string;
  readonly contentType: string;
  readonly each: number;
  readonly make: (each: number) => Buffer;
}
const LOADS: readonly Load[] = [
  {
    name: "OTLP spans, protobuf",
    feed: "traces",
    path: "/otlp/v1/traces",
    contentType: "application/x-protobuf",
    each: 500,
    make: (each) => otlpRequest(each, Date.now()),
  },
  {
    name: "JSON events, lines",
    feed: "events",
    path: "/ingest/events",
    contentType: "application/x-ndjson",
    each: 1_000,
    make: (each) => jsonLines(each, Date.now()),
  },
];
const payloadsOf = ({ each, make }: Load): readonly Buffer[] =>
  Array.from({ length: Math.ceil(events / each) }, () => make(each));
const payloadOf = ({ contentType }: Load, bytes: Buffer) => ({
  bytes,
  contentType,
  ...(contentType === "application/x-protobuf" && { signal: "traces" as const }),
});

/** Each sender sends its next payload when the one before is answered. */
const send = async (payloads: readonly Buffer[], one: (bytes: Buffer) => Promise<number>): Promise<number> => {
  let [next, taken] = [0, 0];
  const sender = async (): Promise<void> => {
    for (let bytes = payloads[next++]; bytes !== undefined; bytes = payloads[next++]) {
      const more = await one(bytes);
      taken += more;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return taken;
};

const timed = async (work: () => Promise<number>) => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const taken = await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { taken, perSecond: (1_000 * taken) / wallMs, cpuUs: (user + system) / taken };
};

const acceptedOf = (outcome: Outcome): number => {
  if (outcome.kind !== "taken" || outcome.malformed > 0) throw new Error(JSON.stringify(outcome));
  return outcome.accepted;
};

const SOURCES_YAML = `sources:
  - { id: traces, kind: otlp, credential: "\${BENCH_KEY}", quota: { eventsPerSecond: 1000000 } }
  - { id: events, kind: json, credential: "\${BENCH_KEY}", quota: { eventsPerSecond: 1000000 } }
`;
const quota = { eventsPerSecond: 1_000_000 };
const configuration = Configuration.parse({
  sources: LOADS.map(({ feed, path }) => ({
    id: feed,
    kind: path.startsWith("/otlp") ? "otlp" : "json",
    credential: "none",
    quota,
  })),
});

/** Intake and spool in this process, on the disk under test. */
const inProcess = async (load: Load, payloads: readonly Buffer[]) => {
  const directory = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-"));
  const spool = await openFileSpool({
    directory: join(directory, "spool"),
    key: Buffer.alloc(32, 1),
    bytesMax: 4 * 1024 ** 3,
    segmentBytes: 64 * 1024 ** 2,
  });
  const control = openSqliteControlStore(join(directory, "control.db"));
  const logger = createLogger("warn");
  const feeds = await createFeeds({
    sources: configuration.sources,
    catalogue: SOURCES,
    credential: () => KEY,
    control,
    clock: systemClock,
    note: () => undefined,
    logger,
  });
  const intake = createIntake({
    spool,
    deadLetters: createDeadLetters(control, Buffer.alloc(32, 2), systemClock),
    seen: createSeenIds(400_000),
    clock: systemClock,
    logger,
  });
  const parts: FeedParts | undefined = feeds.find(load.feed);
  if (parts === undefined) throw new Error(load.feed);
  try {
    return await timed(() =>
      send(payloads, async (bytes) => acceptedOf(await intake.take(parts, payloadOf(load, bytes)))),
    );
  } finally {
    await spool.close();
    await control.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Reading the payloads and nothing else: the named baseline. */
const parseOnly = (load: Load, payloads: readonly Buffer[]) => {
  const source = SOURCES.find(({ id }) => id === (load.feed === "traces" ? "otlp" : "json"));
  const context = { receivedAt: new Date().toISOString() };
  return timed(async () => {
    let read = 0;
    for (const bytes of payloads)
      for (const piece of source?.split(payloadOf(load, bytes)) ?? [])
        if (piece.ok && source?.decode(piece.record, context).kind === "event") read += 1;
    return read;
  });
};

const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
const post = (url: string, { path, contentType }: Load, bytes: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${KEY}`,
      "content-type": contentType,
      "content-length": bytes.length,
    };
    const asking = request(`${url}${path}`, { method: "POST", agent, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    asking.on("error", reject);
    asking.end(bytes);
  });

/** A whole server: HTTP, intake, spool, and the drain into event store, rules and ledger beside it. */
const wholeServer = async (load: Load, payloads: readonly Buffer[]) => {
  const server = await startParapet({
    configuration: `rules: [./rules]\npolicies: []\nlog: { level: warn }\n${SOURCES_YAML}`,
    env: { BENCH_KEY: KEY },
  });
  try {
    while ((await post(server.url, load, load.make(1))) === 503)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const start = performance.now();
    const answered = await timed(() =>
      send(payloads, async (bytes) => {
        const status = await post(server.url, load, bytes);
        if (status >= 300) throw new Error(`${load.path}: ${String(status)}`);
        return load.each;
      }),
    );
    const lag = async () => (await server.api("GET", "/overview?since=1h")).body.evidence.spoolLag;
    while ((await lag()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    return { ...answered, drainedPerSecond: (1_000 * answered.taken) / (performance.now() - start) };
  } finally {
    await server.stop();
    rmSync(join(server.data, ".."), { recursive: true, force: true });
  }
};

console.log(
  "| load | round | bytes/event | parse only /s | durable /s | ÷ parse only | CPU µs/event | over HTTP into `up` /s | drained /s |\n|---|---|---|---|---|---|---|---|---|",
);
for (let round = 1; round <= rounds; round++) {
  for (const load of LOADS) {
    const payloads = payloadsOf(load);
    const bytes = payloads.reduce((sum, one) => sum + one.length, 0) / (payloads.length * load.each);
    const parsed = await parseOnly(load, payloads);
    const durable = await inProcess(load, payloads);
    const whole = await wholeServer(load, payloads);
    console.log(
      `| ${load.name} | ${String(round)} | ${bytes.toFixed(0)} | ${parsed.perSecond.toFixed(0)} | ${durable.perSecond.toFixed(0)} | ${(durable.perSecond / parsed.perSecond).toFixed(2)} | ${durable.cpuUs.toFixed(0)} | ${whole.perSecond.toFixed(0)} | ${whole.drainedPerSecond.toFixed(0)} |`,
    );
  }
}
agent.destroy();
