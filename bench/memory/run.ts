/**
 * Resident memory under load: the gateway role by itself and `up` with everything in one process, each with
 * inspection memory on and off; baseline: the parsing proxy. A 2 KB prompt, new in every request. Goals: gateway
 * ≤ 512 MB, `up` ≤ 2 GB. `npm run bench:memory [exchanges] [seconds at most]`; at most that long for each target.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newText } from "../store/records.ts";

const exchanges = Number(process.argv[2] ?? 100_000);
const secondsMax = Number(process.argv[3] ?? 60);
const CONNECTIONS = 32;
const bench = join(import.meta.dirname, "..");
const root = join(bench, "..");
const node = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
const UPSTREAM = "http://127.0.0.1:5931";
const folder = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-"));
const children: ChildProcess[] = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const start = (parameters: readonly string[]): ChildProcess => {
  const child = spawn(process.execPath, [...node, ...parameters], {
    stdio: ["ignore", "ignore", "ignore"],
    cwd: join(root, "server"),
    env: { ...process.env, PARAPET_BENCH_DATA: folder },
  });
  children.push(child);
  return child;
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

/** `VmHWM` is the highest that resident memory ever was. */
const memoryOf = (child: ChildProcess, field: "VmRSS" | "VmHWM"): number => {
  const status = readFileSync(`/proc/${String(child.pid)}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1_024;
};

const up = (name: string, port: number, memoryBytes: number): readonly [string, number, readonly string[]] => {
  const file = join(folder, `${String(port)}.yaml`);
  const configuration = {
    listen: { port },
    data: join(folder, `up-${String(port)}`),
    routes: [{ id: "bench", path: "/v1", protocol: "openai", upstream: `${UPSTREAM}/v1`, mode: "enforce" }],
    policies: [join(root, "policies")],
    rules: [join(root, "rules")],
    limits: { memoryBytes },
  };
  writeFileSync(file, JSON.stringify(configuration));
  return [name, port, [join(root, "server", "src", "main.ts"), "up", "--config", file]];
};
const gateway = (name: string, port: number, memory: string): readonly [string, number, readonly string[]] => [
  name,
  port,
  [join(bench, "gateway", "gateway-only.ts"), String(port), UPSTREAM, "on", "required", memory],
];
const targets = [
  ["parsing proxy", 5932, [join(bench, "gateway", "parsing-proxy.ts"), "5932", UPSTREAM]] as const,
  gateway("gateway, inspection memory 64 MB", 5933, "on"),
  gateway("gateway, inspection memory off", 5934, "off"),
  up("up, inspection memory 64 MB", 5935, 64 * 1024 * 1024),
  up("up, inspection memory off", 5936, 0),
];

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const filler = Array.from({ length: 500 }, () => newText(2_000));
let sent = 0;
const ask = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    sent += 1;
    const content = `${String(sent)} ${filler[sent % filler.length] ?? ""}`;
    const body = Buffer.from(
      JSON.stringify({
        model: "bench",
        messages: [
          { role: "system", content: "Answer briefly." },
          { role: "user", content },
        ],
      }),
    );
    const request = httpRequest(
      {
        agent,
        port,
        host: "127.0.0.1",
        method: "POST",
        path: "/v1/chat/completions",
        headers: { "content-type": "application/json", "content-length": body.length },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200));
      },
    );
    request.on("error", () => resolve(false));
    request.end(body);
  });

start([join(bench, "gateway", "upstream.ts"), "5931"]);
await reachable(5931);
console.log(
  "| target | exchanges | at rest MB | after a tenth MB | at the end MB | highest MB | highest ÷ proxy | failed |\n|---|---|---|---|---|---|---|---|",
);
let proxyMb = Number.NaN;
for (const [name, port, command] of targets) {
  const child = start(command);
  await reachable(port);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const rest = memoryOf(child, "VmRSS");
  const endMs = performance.now() + 1_000 * secondsMax;
  let done = 0;
  let failed = 0;
  let tenth = 0;
  const one = async (): Promise<void> => {
    while (done < exchanges && performance.now() < endMs) {
      done += 1;
      if (done === Math.floor(exchanges / 10)) tenth = memoryOf(child, "VmRSS");
      if (!(await ask(port))) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  const highest = memoryOf(child, "VmHWM");
  if (name === "parsing proxy") proxyMb = highest;
  const cells = [
    name,
    String(done),
    rest.toFixed(0),
    tenth.toFixed(0),
    memoryOf(child, "VmRSS").toFixed(0),
    highest.toFixed(0),
    (highest / proxyMb).toFixed(1),
    String(failed),
  ];
  console.log(`| ${cells.join(" | ")} |`);
  child.kill("SIGKILL");
}
process.exit(0);
