/**
 * What the gateway adds to a round trip of MCP: calls of a tool through it and past it, in turns, over connections that
 * stay open, so that whatever else the machine does meets both, and a chat exchange of as many words for comparison:
 * `npm run bench:mcp [calls]`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CALLS = Number(process.argv[2] ?? 1_000);
/** Before a process has compiled what it runs often, a call costs twice of what it costs later. */
const WARM_UP = 1_000;
const here = import.meta.dirname;
const node = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
const folder = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-"));
const agent = new Agent({ keepAlive: true });

const upstream = spawn(process.execPath, [...node, join(here, "echo-server.ts")], {
  stdio: ["ignore", "pipe", "inherit"],
});
const started: ChildProcess[] = [upstream];
let nextPort = 5_941;
const port = await new Promise<number>((resolve) =>
  upstream.stdout.once("data", (said: Buffer) => resolve(Number(said.toString()))),
);

interface Answer {
  readonly session: string;
  readonly text: string;
}

const post = (url: URL, body: unknown, more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "content-length": Buffer.byteLength(text),
      ...more,
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

type Call = (text: string) => Promise<void>;

/** Until the process behind it listens. */
const patiently = async <T>(attempt: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};

const expectIn = (text: string, said: string): void => {
  if (!text.includes(said)) throw new Error(`not what was expected: ${text}`);
};

const openTool = async (address: string): Promise<Call> => {
  const url = new URL(address);
  const { session } = await patiently(() => post(url, initialize));
  const headers = { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
  let id = 0;
  return async (text) => {
    const call = rpc((id += 1), "tools/call", { name: "repeat", arguments: { text } });
    expectIn((await post(url, call, headers)).text, text);
  };
};

const openChat = async (address: string): Promise<Call> => {
  const url = new URL(`${address}/chat/completions`);
  const say: Call = async (content) => {
    const { text } = await post(url, { model: "bench", messages: [{ role: "user", content }] });
    expectIn(text, "Repeated");
  };
  await patiently(() => say("Good morning."));
  return say;
};

/** User and system time of a process so far, in milliseconds: what others do on the machine is not in it. */
const cpuMs = ({ pid }: { readonly pid?: number | undefined }): number => {
  if (process.platform !== "linux") return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const quantile = (sorted: readonly number[], at: number): number => sorted[Math.floor((sorted.length - 1) * at)] ?? 0;
const shown = (ms: number): string => ms.toFixed(2).padStart(7);

/** A way to call, and the process whose CPU it costs. */
interface Way {
  readonly name: string;
  readonly call: Call;
  readonly child: ChildProcess;
  readonly taken: number[];
  cpuBeforeMs: number;
}

const through = async (
  name: string,
  protocol: "mcp" | "openai",
  evidence: "required" | "best-effort",
): Promise<Way> => {
  const path = protocol === "mcp" ? "/mcp" : "/v1";
  const server = `http://127.0.0.1:${port}${path}`;
  const command = [...node, join(here, "gateway-only.ts"), String(nextPort), server, evidence, protocol];
  const address = `http://127.0.0.1:${nextPort}${path}`;
  nextPort += 1;
  const child = spawn(process.execPath, command, {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: join(here, "..", "..", "server"),
    env: { ...process.env, PARAPET_BENCH_DATA: folder },
  });
  started.push(child);
  return {
    name,
    call: await (protocol === "mcp" ? openTool : openChat)(address),
    child,
    taken: [],
    cpuBeforeMs: 0,
  };
};

try {
  const direct = `http://127.0.0.1:${port}/mcp`;
  const ways: Way[] = [
    { name: "direct", call: await openTool(direct), child: upstream, taken: [], cpuBeforeMs: 0 },
    await through("through the gateway, evidence required", "mcp", "required"),
    await through("through the gateway, best-effort", "mcp", "best-effort"),
    await through("a chat exchange, best-effort", "openai", "best-effort"),
  ];
  for (let at = -WARM_UP; at < CALLS; at += 1) {
    if (at === 0) for (const way of ways) way.cpuBeforeMs = cpuMs(way.child);
    for (const { call, taken } of ways) {
      const from = performance.now();
      await call(`Turn ${at} of a list of things to buy: bread, milk, ${at} apples.`);
      if (at >= 0) taken.push(performance.now() - from);
    }
  }
  const baseline = quantile(ways[0]?.taken.toSorted((a, b) => a - b) ?? [], 0.5);
  process.stdout.write("ms per call                                  p50     p95   added     CPU\n");
  for (const { name, taken, child, cpuBeforeMs } of ways) {
    const sorted = taken.toSorted((a, b) => a - b);
    const p50 = quantile(sorted, 0.5);
    // The upstream serves all ways.
    const served = child === upstream ? CALLS * ways.length : CALLS;
    const times = [p50, quantile(sorted, 0.95), p50 - baseline, (cpuMs(child) - cpuBeforeMs) / served];
    process.stdout.write(`${name.padEnd(40)} ${times.map(shown).join(" ")}\n`);
  }
} finally {
  await Promise.all(
    started.map((child) => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      return ended;
    }),
  );
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
