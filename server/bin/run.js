// Runs a TypeScript file of the repository on the pinned Node: `node server/bin/run.js FILE [ARGS…]`.
import { resolve } from "node:path";
import { hand, install, nodeOptions, pinnedNode } from "./bootstrap.js";

install();
const [file = "", ...args] = process.argv.slice(2);
process.exit(await hand(pinnedNode(), [...nodeOptions, resolve(file), ...args]));
