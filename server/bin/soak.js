// `npm run soak [-- --kills N] [FILES…]`: the long profile of the end-to-end tests (more kills, more reloads).
import { join } from "node:path";
import { buildConsole } from "./build-console.js";
import { hand, install, pinnedNode, root } from "./bootstrap.js";

const args = process.argv.slice(2);
const at = args.indexOf("--kills");
const [, kills] = at === -1 ? [] : args.splice(at, 2);
if (at !== -1 && !/^[1-9]\d{0,5}$/.test(kills ?? "")) {
  process.stderr.write("--kills takes a number from 1, as in `npm run soak -- --kills 500`\n");
  process.exit(2);
}

install();
const node = pinnedNode();
await buildConsole(node);
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
process.exit(
  await hand(node, [vitest, "run", ...(args.length > 0 ? args : ["e2e/", "bench/detection/", "monitor/drain"])], {
    cwd: root,
    env: { ...process.env, PARAPET_SOAK: "1", ...(kills !== undefined && { PARAPET_KILLS: kills }) },
  }),
);
