// `npm test`: brings what the suite needs, then checks and runs everything. Arguments go to Vitest.
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { buildConsole } from "./build-console.js";
import { hand, install, pinnedNode, root } from "./bootstrap.js";

const say = (text) => process.stderr.write(`${text}\n`);
const found = (command) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

/** Chromium from Debian's packages when root on Debian, else from the PATH. */
function bringChromium() {
  if (found("chromium") || found("chromium-browser") || found("google-chrome")) return;
  if (process.platform === "linux" && process.getuid?.() === 0 && found("apt-get")) {
    say("Installing Chromium (Debian package) for the browser tests …");
    const apt = (...args) =>
      spawnSync("apt-get", args, {
        stdio: ["ignore", 2, 2],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", "chromium");
  }
  if (!found("chromium")) say("Left out: browser tests, no Chromium found. Get it with: apt-get install chromium");
}

install();
const node = pinnedNode();
const bin = join(root, "node_modules", ".bin");
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
bringChromium();
await buildConsole(node);

const only = process.argv.slice(2);
const steps = [
  ...(only.length > 0 ? [] : [["check", [join(root, "server", "bin", "check.js")]]]),
  ["tests", [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...only]],
];
for (const [name, args] of steps) {
  const code = await hand(node, args, { cwd: root, env });
  if (code !== 0) {
    say(`npm test: ${name} failed`);
    process.exit(code);
  }
}
