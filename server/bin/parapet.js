#!/usr/bin/env node
// The `parapet` command: re-executes the pinned Node on the TypeScript source.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hand, install, nodeOptions, pinnedNode, root } from "./bootstrap.js";

if (!existsSync(join(root, "node_modules"))) install();
const main = join(root, "server", "src", "main.ts");
process.exit(await hand(pinnedNode(), [...nodeOptions, main, ...process.argv.slice(2)]));
