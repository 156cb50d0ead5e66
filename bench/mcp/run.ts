/**
 * What the gateway adds to a round trip of MCP: calls of a tool through it and past it, in turns, over connections that
 * stay open, so that whatever else the machine does meets both: `npm run bench:mcp [calls]`.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";

const CALLS = Number(process.argv[2] ?? 1_000);
const WARM_UP = 200;
const PORTS = { required: 5_941, "best-effort": 5_942 } as const;
const here = import.meta.dirname;
const node = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
const agent = new Agent({ keepAlive: true });

const upstream = spawn(process.execPath, [...node, join(here, "echo-server.ts")], {
  stdio: ["ignore", "pipe", "inherit"],
});
const started = [upstream];
const port = await new Promise<number>((resolve) =>
  upstream.stdout.once("data", (said: Buffer) => resolve(Number(said.toString()))),
);

interface Answer {
  readonly session: string;
  readonly text: string;
}

const post = (url: URL, session: string, body: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "content-length": Buffer.byteLength(text),
      ...(session !== "" && { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
    };
    const call = request(url, { method: "POST", headers, agent }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () =>
        resolve({
          session: String(response.headers["mcp-session-id"] ?? ""),
          text: Buffer.concat(pieces).toString("utf8"),
        }),
      );
    });
    call.on("error", reject);
    call.end(text);
  });

const rpc = (id: number, method: string, params: unknown) => ({ jsonrpc: "2.0", id, method, params });
const initialize = rpc(0, "initialize", {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "1" },
});

const open = async (address: string) => {
  const url = new URL(address);
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { session } = await post(url, "", initialize);
      let id = 0;
      return async (text: string): Promise<number> => {
        const from = performance.now();
        const answer = await post(url, session, rpc((id += 1), "tools/call", { name: "repeat", arguments: { text } }));
        const took = performance.now() - from;
        if (!answer.text.includes(text)) throw new Error(`not repeated: ${answer.text}`);
        return took;
      };
    } catch (error) {
      if (attempt > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};

/** User and system time of a process so far, in milliseconds: what others do on the machine is not in it. */
const cpuMs = ({ pid }: { readonly pid?: number | undefined }): number => {
  if (process.platform !== "linux") return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const quantile = (sorted: readonly number[], at: number): number => sorted[Math.floor((sorted.length - 1) * at)] ?? 0;
const shown = (ms: number): string => ms.toFixed(2).padStart(7);

try {
  const direct = `http://127.0.0.1:${port}/mcp`;
  for (const evidence of ["required", "best-effort"] as const) {
    const command = [...node, join(here, "gateway-only.ts"), String(PORTS[evidence]), direct, evidence];
    started.push(
      spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"], cwd: join(here, "..", "..", "server") }),
    );
  }
  const ways = new Map<string, (text: string) => Promise<number>>([
    ["direct", await open(direct)],
    ["through the gateway, evidence required", await open(`http://127.0.0.1:${PORTS.required}/mcp`)],
    ["through the gateway, best-effort", await open(`http://127.0.0.1:${PORTS["best-effort"]}/mcp`)],
  ]);
  const taken = new Map<string, number[]>([...ways.keys()].map((name) => [name, []]));
  let before: readonly number[] = [];
  for (let at = -WARM_UP; at < CALLS; at += 1) {
    if (at === 0) before = started.map(cpuMs);
    for (const [name, call] of ways) {
      const took = await call(`Turn ${at} of a list of things to buy: bread, milk, ${at} apples.`);
      if (at >= 0) taken.get(name)?.push(took);
    }
  }
  const cpu = started.map((child, at) => (cpuMs(child) - (before[at] ?? 0)) / CALLS);
  const sorted = new Map([...taken].map(([name, all]) => [name, all.toSorted((a, b) => a - b)]));
  const baseline = quantile(sorted.get("direct") ?? [], 0.5);
  process.stdout.write("ms per call                                  p50     p95   added     CPU\n");
  for (const [at, [name, all]] of [...sorted].entries()) {
    const p50 = quantile(all, 0.5);
    const times = [p50, quantile(all, 0.95), p50 - baseline, cpu[at] ?? 0];
    process.stdout.write(`${name.padEnd(40)} ${times.map(shown).join(" ")}\n`);
  }
} finally {
  for (const child of started) child.kill("SIGKILL");
  agent.destroy();
}
