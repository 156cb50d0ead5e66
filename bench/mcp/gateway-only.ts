/**
 * The gateway role by itself with one route. Arguments: port, the server's address, evidence required|best-effort,
 * protocol mcp|openai.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration } from "@parapet/model";
import { startBenchGateway } from "@parapet/server/compose";

const [port, upstream, evidence, protocol = "mcp"] = process.argv.slice(2);
const root = join(import.meta.dirname, "..", "..");
await startBenchGateway(
  Configuration.parse({
    listen: { port: Number(port) },
    data: mkdtempSync(join(process.env["PARAPET_BENCH_DATA"] ?? tmpdir(), "parapet-bench-")),
    routes: [
      {
        id: "bench",
        path: new URL(upstream ?? "").pathname,
        protocol,
        upstream,
        mode: "enforce",
        evidence: evidence ?? "required",
      },
    ],
    // Nobody speaks here, so what the tool does is declared: else its calls would wait for a person.
    tools: [{ name: "repeat", effects: ["read"] }],
    policies: [join(root, "policies")],
  }),
);
// Ends normally on a signal, so that a profiler may write its file.
process.on("SIGINT", () => process.exit(0));
