// `npm run soak`: the long profile of the end-to-end tests (more kills, more reloads).
import { join } from "node:path";
import { buildConsole } from "./build-console.js";
import { hand, install, pinnedNode, root } from "./bootstrap.js";

install();
const node = pinnedNode();
await buildConsole(node);
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
process.exit(
  await hand(node, [vitest, "run", "--project", "e2e"], { cwd: root, env: { ...process.env, PARAPET_SOAK: "1" } }),
);
