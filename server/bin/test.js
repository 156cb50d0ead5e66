// `npm test`: brings what the suite needs, then checks and runs everything. Arguments go to Vitest.
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { buildConsole } from "./build-console.js";
import { hand, install, pinnedNode, root } from "./bootstrap.js";

const say = (text) => process.stderr.write(`${text}\n`);
const found = (command) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

/** A Debian package when root on Debian, else what is on the PATH; says what is left out without it. */
function bring(what, commands, debianPackage, leftOut) {
  if (commands.some(found)) return;
  if (process.platform === "linux" && process.getuid?.() === 0 && found("apt-get")) {
    say(`Installing ${what} (Debian package) for the tests …`);
    const apt = (...args) =>
      spawnSync("apt-get", args, {
        stdio: ["ignore", 2, 2],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", debianPackage);
  }
  if (!commands.some(found))
    say(`Left out: ${leftOut}, no ${what} found. Get it with: apt-get install ${debianPackage}`);
}

install();
const node = pinnedNode();
const bin = join(root, "node_modules", ".bin");
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
bring("Chromium", ["chromium", "chromium-browser", "google-chrome"], "chromium", "browser tests");
bring("NATS server", ["nats-server", "/usr/sbin/nats-server"], "nats-server", "tests of NATS as a source");
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
