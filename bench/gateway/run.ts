/**
 * Throughput and latency of the gateway against two named baselines in one run on one machine: a Node proxy
 * that only parses and forwards, and @portkey-ai/gateway without guardrails. The system under test has one core,
 * the load and the upstream the other. `npm run bench:gateway [seconds] [rounds]`; needs `wrk` and `taskset`.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";

const here = import.meta.dirname;
const root = join(here, "..", "..");
const seconds = Number(process.argv[2] ?? 8);
const rounds = Number(process.argv[3] ?? 3);
const UPSTREAM = "http://127.0.0.1:5901";
const node = [process.execPath, "--conditions=source", "--disable-warning=ExperimentalWarning"];

interface Target {
  readonly name: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly env?: Record<string, string>;
}

const gateway = (name: string, port: number, ...options: string[]): Target => ({
  name,
  port,
  command: [...node, join(here, "gateway-only.ts"), String(port), UPSTREAM, ...options],
});

const targets: readonly Target[] = [
  { name: "parsing proxy", port: 5902, command: [...node, join(here, "parsing-proxy.ts"), "5902", UPSTREAM] },
  gateway("parapet, inspection off", 5903, "off", "required"),
  gateway("parapet, full, evidence required", 5904, "on", "required"),
  gateway("parapet, full, best-effort", 5905, "on", "best-effort"),
  gateway("parapet, full, required, memory off", 5906, "on", "required", "off"),
  {
    name: "portkey gateway, no guardrails",
    port: 5907,
    command: [
      process.execPath,
      join(root, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js"),
      "--port=5907",
      "--headless",
    ],
    env: { TRUSTED_CUSTOM_HOSTS: "127.0.0.1,localhost", NODE_ENV: "production" },
  },
];

const start = (core: number, { command, env = {} }: Pick<Target, "command" | "env">): ChildProcess =>
  spawn("taskset", ["-c", String(core), ...command], {
    stdio: "ignore",
    cwd: join(root, "server"),
    env: { ...process.env, ...env },
  });

const reachable = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 300; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, "127.0.0.1", () => resolve(true));
      socket.on("error", () => resolve(false));
      socket.unref();
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing listens on ${port}`);
};

/** User and system time of the whole process so far, in microseconds; not disturbed by what else runs. */
const cpuMicros = (child: ChildProcess): number => {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
};

interface Sample {
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuPerRequest: number;
  readonly failed: number;
}

const toMs = (text: string | undefined): number => {
  const [, value, unit] = /([\d.]+)(us|ms|s)/.exec(text ?? "") ?? [];
  return Number(value ?? Number.NaN) * (unit === "us" ? 0.001 : unit === "s" ? 1_000 : 1);
};

const load = (
  target: Target,
  child: ChildProcess,
  connections: number,
  streamed: boolean,
  forSeconds: number,
): Sample => {
  const before = cpuMicros(child);
  const { stdout } = spawnSync(
    "taskset",
    [
      "-c",
      "1",
      "wrk",
      "-t1",
      `-c${connections}`,
      `-d${forSeconds}s`,
      "--latency",
      "-s",
      join(here, "prompts.lua"),
      `http://127.0.0.1:${target.port}/v1/chat/completions`,
    ],
    { encoding: "utf8", env: { ...process.env, BENCH_UPSTREAM: `${UPSTREAM}/v1`, BENCH_STREAM: streamed ? "1" : "0" } },
  );
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  return {
    rps: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    p50Ms: toMs(/^\s+50%\s+(\S+)/m.exec(stdout)?.[1]),
    p99Ms: toMs(/^\s+99%\s+(\S+)/m.exec(stdout)?.[1]),
    cpuPerRequest: (cpuMicros(child) - before) / Math.max(1, requests),
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
  };
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const spread = (values: readonly number[]): string =>
  `±${((100 * (Math.max(...values) - Math.min(...values))) / 2 / median(values)).toFixed(0)} %`;

const upstream = start(1, { command: [...node, join(here, "upstream.ts"), "5901"] });
await reachable(5901);

/** Rounds interleave the targets, so that a noisy minute touches all of them. */
const measure = async (connections: number, streamed: boolean): Promise<Map<string, Sample[]>> => {
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const child = start(0, target);
      try {
        await reachable(target.port);
        load(target, child, connections, streamed, 3);
        const sample = load(target, child, connections, streamed, seconds);
        samples.set(target.name, [...(samples.get(target.name) ?? []), sample]);
      } finally {
        child.kill("SIGKILL");
      }
    }
  }
  return samples;
};

const table = (title: string, samples: ReadonlyMap<string, readonly Sample[]>): void => {
  const base = samples.get("parsing proxy") ?? [];
  const baseRps = median(base.map(({ rps }) => rps));
  const baseCpu = median(base.map(({ cpuPerRequest }) => cpuPerRequest));
  const baseP50 = median(base.map(({ p50Ms }) => p50Ms));
  console.log(
    `\n### ${title}\n\n| target | req/s | noise | × parsing proxy | CPU µs/request | × | p50 ms | added p50 ms | p99 ms | failed |\n|---|---|---|---|---|---|---|---|---|---|`,
  );
  for (const [name, all] of samples) {
    const rps = median(all.map((one) => one.rps));
    const cpu = median(all.map((one) => one.cpuPerRequest));
    const p50 = median(all.map((one) => one.p50Ms));
    const p99 = median(all.map((one) => one.p99Ms));
    const failed = all.reduce((sum, one) => sum + one.failed, 0);
    console.log(
      `| ${name} | ${rps.toFixed(0)} | ${spread(all.map((one) => one.rps))} | ${(rps / baseRps).toFixed(2)} | ${cpu.toFixed(0)} | ${(cpu / baseCpu).toFixed(2)} | ${p50.toFixed(2)} | ${(p50 - baseP50).toFixed(2)} | ${p99.toFixed(2)} | ${failed} |`,
    );
  }
};

interface FirstByte {
  readonly firstP50: number;
  readonly firstP99: number;
  readonly contentP50: number;
  readonly contentP99: number;
}

const firstBytes = async (): Promise<void> => {
  const found = new Map<string, FirstByte[]>();
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const child = start(0, target);
      try {
        await reachable(target.port);
        const { stdout } = spawnSync(
          "taskset",
          ["-c", "1", ...node, join(here, "first-byte.ts"), String(target.port), UPSTREAM],
          { encoding: "utf8", timeout: 120_000 },
        );
        const line = stdout.trim().split("\n").at(-1) ?? "";
        if (!line.startsWith("{")) continue;
        found.set(target.name, [...(found.get(target.name) ?? []), JSON.parse(line) as FirstByte]);
      } finally {
        child.kill("SIGKILL");
      }
    }
  }
  const of = (name: string, key: keyof FirstByte): number => median((found.get(name) ?? []).map((one) => one[key]));
  console.log(
    "\n### 1 connection, streamed, events 5 ms apart\n\n| target | first event p50 ms | added | noise | p99 | first words p50 ms | added | p99 |\n|---|---|---|---|---|---|---|---|",
  );
  for (const [name, all] of found) {
    const noise = spread(all.map(({ firstP50 }) => firstP50));
    const added = (key: keyof FirstByte): string => (of(name, key) - of("parsing proxy", key)).toFixed(2);
    console.log(
      `| ${name} | ${of(name, "firstP50").toFixed(2)} | ${added("firstP50")} | ${noise} | ${of(name, "firstP99").toFixed(2)} | ${of(name, "contentP50").toFixed(2)} | ${added("contentP50")} | ${of(name, "contentP99").toFixed(2)} |`,
    );
  }
};

try {
  await firstBytes();
  table("32 connections, 2 KB new prompt", await measure(32, false));
  table("1 connection, 2 KB new prompt", await measure(1, false));
  table("1 connection, streamed", await measure(1, true));
} finally {
  upstream.kill("SIGKILL");
}
