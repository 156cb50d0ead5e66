// `npm start`: install if needed, build the console if its sources changed, run `parapet up`.
import { join } from "node:path";
import { buildConsole } from "./build-console.js";
import { hand, install, nodeOptions, pinnedNode, root } from "./bootstrap.js";

install();
const node = pinnedNode();
await buildConsole(node);
const main = join(root, "server", "src", "main.ts");
process.exit(await hand(node, [...nodeOptions, main, "up", ...process.argv.slice(2)]));
