/**
 * From `npm start` on an installed clone to an answer of /readyz: the first start in an empty data directory, then
 * starts with the data there. Baseline: the pinned Node starting and answering HTTP, nothing else. Goal: 5 s.
 * `npm run bench:startup [starts]`; about half a minute.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const starts = Number(process.argv[2] ?? 4);
const PORT = 5941;
const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "parapet.yaml");
const configuration = {
  listen: { port: PORT },
  data: join(folder, "data"),
  routes: [{ id: "bench", path: "/v1", protocol: "openai", upstream: "http://127.0.0.1:1/v1" }],
  policies: [join(root, "policies")],
  rules: [join(root, "rules")],
};
writeFileSync(file, JSON.stringify(configuration));

/** Milliseconds until the first 200; ends the process in the order that its parent would. */
const timeToReady = async (command: string, parameters: readonly string[]): Promise<number> => {
  const startMs = performance.now();
  const child: ChildProcess = spawn(command, parameters, {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let told = "";
  child.stderr?.on("data", (piece: Buffer) => (told += piece.toString("utf8")));
  try {
    for (;;) {
      const status = await fetch(`http://127.0.0.1:${String(PORT)}/readyz`).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 200) return performance.now() - startMs;
      if (child.exitCode !== null || performance.now() - startMs > 120_000)
        throw new Error(`it does not become ready: ${told.slice(-2_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    // The whole group: npm, the launcher and the server.
    if (child.exitCode === null && child.pid !== undefined) {
      const ended = once(child, "exit");
      process.kill(-child.pid, "SIGTERM");
      await ended;
      await gone();
    }
  }
};

const gone = async (): Promise<void> => {
  for (let tries = 0; tries < 600; tries++) {
    const free = await fetch(`http://127.0.0.1:${String(PORT)}/readyz`).then(
      () => false,
      () => true,
    );
    if (free) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // Stores are let go just after the listener.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
};

const plain = `require("node:http").createServer((_, response) => response.end()).listen(${String(PORT)}, "127.0.0.1")`;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const baseline: number[] = [];
for (let index = 0; index < 3; index++) baseline.push(await timeToReady(process.execPath, ["-e", plain]));
const baseMs = median(baseline);
console.log(
  `| start | ready after ms | × Node alone |\n|---|---|---|\n| Node with an HTTP server, nothing else | ${baseMs.toFixed(0)} | 1 |`,
);
for (let index = 0; index < starts; index++) {
  const ms = await timeToReady("npm", ["start", "--silent", "--", "--config", file]);
  console.log(
    `| npm start, ${index === 0 ? "empty data directory" : `again (${String(index)})`} | ${ms.toFixed(0)} | ${(ms / baseMs).toFixed(0)} |`,
  );
}
process.exit(0);
