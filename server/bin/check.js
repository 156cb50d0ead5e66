// `npm run check`: types, lint with the layer table, format, dead code.
import { delimiter, join } from "node:path";
import { hand, pinnedNode, root } from "./bootstrap.js";

const bin = join(root, "node_modules", ".bin");
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const steps = [
  ["types of model", "tsc", ["-p", "model"]],
  ["types of server", "tsc", ["-p", "server"]],
  ["types of console", "tsc", ["-p", "console"]],
  ["types of e2e", "tsc", ["-p", "e2e"]],
  ["types of bench", "tsc", ["-p", "bench"]],
  ["types of training", "tsc", ["-p", "training"]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["format", "oxfmt", ["--check", "."]],
  ["dead code", "knip", []],
];
pinnedNode();
for (const [name, command, args] of steps) {
  const code = await hand(join(bin, command), args, { cwd: root, env });
  if (code !== 0) {
    process.stderr.write(`check: ${name} failed\n`);
    process.exit(1);
  }
}
