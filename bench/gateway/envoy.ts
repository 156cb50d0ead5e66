/**
 * What a question of Envoy's costs: external processing of a request and its answer, and external authorization, over gRPC,
 * against the same request asked over the HTTP guard, in turns in one run. `npm run bench:envoy [requests] [rounds]`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envoyClient, MODE, type Mode } from "../../e2e/envoy-client.ts";

const root = join(import.meta.dirname, "..", "..");
const requests = Number(process.argv[2] ?? 300);
const rounds = Number(process.argv[3] ?? 3);
const folder = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-envoy-"));

writeFileSync(
  join(folder, "parapet.yaml"),
  `
routes:
  - { id: process, path: /envoy/v1, protocol: openai, guard: ext-proc, mode: enforce }
  - { id: authorize, path: /authorize/v1, protocol: openai, guard: ext-authz, mode: enforce }
guards: { grpc: { port: 0, path_prefix: /envoy } }
policies: [${join(root, "policies")}]
rules: [${join(root, "rules")}]
`,
);
const child = spawn(
  process.execPath,
  ["--conditions=source", "--disable-warning=ExperimentalWarning", join(root, "server", "src", "main.ts")].concat([
    "up",
    "--config",
    join(folder, "parapet.yaml"),
    "--data",
    join(folder, "store"),
    "--port",
    "0",
  ]),
  { stdio: ["ignore", "ignore", "pipe"] },
);
let said = "";
const [url, port] = await new Promise<readonly [string, number]>((resolve, reject) => {
  child.on("exit", () => reject(new Error(said)));
  child.stderr.on("data", (piece: Buffer) => {
    said += piece.toString();
    const ready = /is ready on (http:\S+)/.exec(said)?.[1];
    const grpc = /"port":(\d+)[^\n]*Envoy's gRPC/.exec(said)?.[1];
    if (ready !== undefined && grpc !== undefined) resolve([ready, Number(grpc)]);
  });
});

let turn = 0;
/** New words in every request, so that nothing is remembered. */
const words = (): string => `${(turn += 1)} ${"Please tell me about the weather at the coast tomorrow. ".repeat(36)}`;
const bodyOf = (): string => JSON.stringify({ model: "m", messages: [{ role: "user", content: words() }] });
const answerOf = () => ({
  status: 200,
  headers: { "content-type": "application/json" },
  pieces: [
    JSON.stringify({
      id: "c",
      object: "chat.completion",
      created: 0,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: words() }, finish_reason: "stop" }],
    }),
  ],
});

const agent = new Agent({ keepAlive: true });
const askHttp = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const call = httpRequest(
      `${url}/authorize/v1/chat/completions`,
      { method: "POST", agent, headers: { "content-type": "application/json" } },
      (response) => {
        response.resume().on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error("denied"))));
      },
    );
    call.on("error", reject).end(bodyOf());
  });

const envoy = envoyClient(port);
const check = async (): Promise<void> => {
  const http = {
    method: "POST",
    path: "/v1/chat/completions",
    host: "h",
    headers: { "content-type": "application/json" },
  };
  const attributes = { request: { http: { ...http, body: bodyOf() } } };
  const answer = await envoy.check({ attributes }, { "x-parapet-prefix": "/authorize" });
  if (answer.ok_response === undefined) throw new Error("denied");
};
const exchangeIn = (mode: Mode) => async (): Promise<void> => {
  const { status } = await envoy.process({ pieces: [bodyOf()], modes: [mode, mode], upstream: answerOf });
  if (status !== 200) throw new Error("denied");
};

const kinds: readonly (readonly [string, () => Promise<void>])[] = [
  ["ext_authz, HTTP (baseline)", askHttp],
  ["ext_authz, gRPC", check],
  ["ext_proc, request and answer, BUFFERED", exchangeIn(MODE.buffered)],
  ["ext_proc, request and answer, FULL_DUPLEX_STREAMED", exchangeIn(MODE.duplex)],
];
const times = new Map<string, number[]>(kinds.map(([name]) => [name, []]));
for (let round = 0; round <= rounds; round += 1)
  for (const [name, ask] of kinds)
    for (let at = 0; at < requests; at += 1) {
      const startMs = performance.now();
      await ask();
      // The first round warms up.
      if (round > 0) times.get(name)?.push(performance.now() - startMs);
    }

const quantile = (all: readonly number[], share: number): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length * share)] ?? 0;
const base = quantile(times.get("ext_authz, HTTP (baseline)") ?? [], 0.5);
console.log("| asked over | p50 ms | p95 ms | × |\n|---|---|---|---|");
for (const [name, all] of times) {
  const p50 = quantile(all, 0.5);
  console.log(`| ${name} | ${p50.toFixed(2)} | ${quantile(all, 0.95).toFixed(2)} | ${(p50 / base).toFixed(2)} |`);
}
envoy.close();
agent.destroy();
const ended = once(child, "exit");
child.kill("SIGTERM");
await ended;
rmSync(folder, { recursive: true, force: true });
