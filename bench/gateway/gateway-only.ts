/**
 * The gateway role by itself: detectors, policies, spool with fsync, no monitor in the process.
 * Arguments: port, upstream, inspect on|off, evidence required|best-effort, memory on|off.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration } from "@parapet/model";
import { startBenchGateway } from "@parapet/server/compose";

const [port, upstream, inspect, evidence, memory] = process.argv.slice(2);
const root = join(import.meta.dirname, "..", "..");
const configuration = Configuration.parse({
  listen: { port: Number(port) },
  data: mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-")),
  routes: [
    {
      id: "bench",
      path: "/v1",
      protocol: "openai",
      upstream: `${upstream}/v1`,
      mode: "enforce",
      inspect: inspect !== "off",
      evidence: evidence ?? "required",
    },
  ],
  policies: [join(root, "policies")],
  limits: { memoryBytes: memory === "off" ? 0 : 64 * 1024 * 1024 },
});
await startBenchGateway(configuration);
// Ends normally on a signal, so that a profiler may write its file.
process.on("SIGINT", () => process.exit(0));
