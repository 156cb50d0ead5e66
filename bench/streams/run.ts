/**
 * Many paced streams through one gateway process, with and without 10 MB bodies in between, against the parsing
 * proxy under the same load. Goals: no gap above ten intervals; event-loop delay p99 ≤ 20 ms with the bodies.
 * The gateway role by itself, evidence required. `npm run bench:streams [streams] [seconds]`; about 90 seconds.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { createConnection } from "node:net";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { newText } from "../store/records.ts";

const streams = Number(process.argv[2] ?? 500);
const seconds = Number(process.argv[3] ?? 12);
const INTERVAL_MS = 50;
const BODY_BYTES = 10_000_000;
const UPSTREAM_PORT = 5921;
const bench = join(import.meta.dirname, "..");
const node = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
const watched = [...node, "--import", join(import.meta.dirname, "loop-delay.ts")];
const UPSTREAM = `http://127.0.0.1:${String(UPSTREAM_PORT)}`;

interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rssMb: number;
}

const start = (parameters: readonly string[]): ChildProcess =>
  spawn(process.execPath, parameters, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    cwd: join(bench, "..", "server"),
  });

const askDelay = async (child: ChildProcess): Promise<Delay> => {
  child.send("report");
  const [delay] = (await once(child, "message")) as [Delay];
  return delay;
};

const reachable = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 300; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing listens on ${String(port)}`);
};

let isTold = false;
const agent = new Agent({ keepAlive: true, maxSockets: streams + 16 });
const post = (port: number, body: Buffer): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        port,
        host: "127.0.0.1",
        method: "POST",
        path: "/v1/chat/completions",
        headers: { "content-type": "application/json", "content-length": body.length },
      },
      resolve,
    );
    request.on("error", reject);
    request.end(body);
  });

/** Longest time between two pieces of one stream, milliseconds; infinite for a stream that broke. */
const longestGap = async (port: number, index: number, forSeconds: number): Promise<number> => {
  const messages = [{ role: "user", content: `${newText(500)} ${String(index)}` }];
  const response = await post(
    port,
    Buffer.from(
      JSON.stringify({
        model: "bench",
        messages,
        max_tokens: Math.round((1_000 * forSeconds) / INTERVAL_MS),
        stream: true,
      }),
    ),
  );
  if (response.statusCode !== 200) throw new Error(`a stream was answered with ${String(response.statusCode)}`);
  let before = performance.now();
  let longest = 0;
  let last = "";
  try {
    for await (const piece of response) {
      const now = performance.now();
      longest = Math.max(longest, now - before);
      before = now;
      last = String(piece);
    }
  } catch {
    // Counted as broken below: it has no end.
  }
  if (last.includes("[DONE]")) return longest;
  if (!isTold) console.error(`a stream broke; its last piece: ${last.slice(0, 400)}`);
  isTold = true;
  return Number.POSITIVE_INFINITY;
};

const text = newText(BODY_BYTES);
/** New text in every body, so that nothing is remembered. */
const largeBody = (index: number): Buffer =>
  Buffer.from(JSON.stringify({ model: "bench", messages: [{ role: "user", content: `${String(index)} ${text}` }] }));

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const measure = async (name: string, port: number, child: ChildProcess, large: boolean): Promise<void> => {
  await askDelay(child);
  const client = monitorEventLoopDelay({ resolution: 2 });
  client.enable();
  const refused: number[] = [];
  const bodies: Promise<number>[] = [];
  const sendLarge = async (body: Buffer): Promise<number> => {
    const startMs = performance.now();
    const response = await post(port, body);
    response.resume();
    if (response.statusCode !== 200) refused.push(response.statusCode ?? 0);
    await once(response, "end");
    return performance.now() - startMs;
  };
  const prepared = large ? Array.from({ length: seconds }, (_, index) => largeBody(index)) : [];
  const timer = setInterval(() => {
    const body = prepared.pop();
    if (body !== undefined) bodies.push(sendLarge(body));
  }, 1_000);
  const running: Promise<number>[] = [];
  for (let index = 0; index < streams; index++) {
    running.push(longestGap(port, index, seconds));
    // Callers do not all come at once, and their ticks are spread over the interval.
    if (index % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 17));
  }
  const all = await Promise.all(running);
  const gaps = all.filter(Number.isFinite).sort((a, b) => a - b);
  clearInterval(timer);
  const delay = await askDelay(child);
  const took = (await Promise.all(bodies)).sort((a, b) => a - b);
  client.disable();
  const clientP99 = Math.max(0, client.percentile(99) / 1e6 - 2);
  const intervals = (ms: number): string => (ms / INTERVAL_MS).toFixed(1);
  const cells = [
    name,
    large ? `${String(took.length)} × 10 MB` : "none",
    intervals(at(gaps, 0.5)),
    intervals(at(gaps, 0.99)),
    intervals(at(gaps, 1)),
    delay.p50Ms.toFixed(1),
    delay.p99Ms.toFixed(1),
    delay.maxMs.toFixed(0),
    clientP99.toFixed(1),
    large ? at(took, 0.5).toFixed(0) : "",
    delay.rssMb.toFixed(0),
    String(refused.length),
    String(all.length - gaps.length),
  ];
  console.log(`| ${cells.join(" | ")} |`);
};

const upstream = start([
  ...node,
  join(import.meta.dirname, "paced-upstream.ts"),
  String(UPSTREAM_PORT),
  String(INTERVAL_MS),
]);
await reachable(UPSTREAM_PORT);
process.on("exit", () => upstream.kill("SIGKILL"));
const targets = [
  {
    name: "parsing proxy",
    port: 5922,
    command: [...watched, join(bench, "gateway", "parsing-proxy.ts"), "5922", UPSTREAM],
  },
  {
    name: "gateway, evidence required",
    port: 5923,
    command: [
      ...watched,

      join(bench, "gateway", "gateway-only.ts"),
      "5923",
      UPSTREAM,
      "on",
      "required",
    ],
  },
];
console.log(
  `${String(streams)} streams of ${String(seconds)} s, one token every ${String(INTERVAL_MS)} ms. Gaps in intervals: the longest of each stream.\n\n` +
    "| target | large bodies | gap p50 | gap p99 | gap max | loop delay p50 ms | p99 ms | max ms | client's own p99 ms | 10 MB answered in ms | RSS MB | bodies refused | streams broken |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|",
);
try {
  for (const { name, port, command } of targets) {
    const child = start(command);
    process.on("exit", () => child.kill("SIGKILL"));
    child.on("exit", (code, signal) => {
      if (signal !== "SIGKILL") console.error(`${name} ended with ${String(code)} ${String(signal)}`);
    });
    try {
      await reachable(port);
      // Code that has run is what is measured, not its compilation.
      await Promise.all(Array.from({ length: 100 }, (_, index) => longestGap(port, index, 2)));
      await measure(name, port, child, false);
      await measure(name, port, child, true);
    } finally {
      child.kill("SIGKILL");
    }
  }
} finally {
  upstream.kill("SIGKILL");
  agent.destroy();
}
