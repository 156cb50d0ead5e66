import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Without `module`: what some packages keep there is for bundlers, and Node cannot load it.
const conditions = ["source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: "forks",
    // Each file has servers, folders and ports of its own, so two share the cores; more would only wait for each other.
    maxWorkers: 2,
    // For the many processes that tests start as well.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "parapet-compiled") },
    execArgv: ["--conditions=source", "--disable-warning=ExperimentalWarning"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // One process runs many files: loading the same modules for each took a third of the time.
          isolate: false,
          include: ["{model,server,console}/src/**/*.test.ts", "{training,bench}/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Its `source` condition leads to TypeScript inside node_modules, which Node does not strip.
          server: {
            deps: { inline: [/node_modules\/(?:ai|@ai-sdk|@modelcontextprotocol|eventsource|eventsource-parser)\//] },
          },
        },
      },
    ],
  },
});
