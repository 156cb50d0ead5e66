/** Guarantee: the example in docs/protocols/a2a.md works as it stands there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { startAgent } from "./a2a-agent.ts";
import { productPolicies, removeFolder, startParapet, temporaryFolder } from "./parapet-process.ts";

const root = join(import.meta.dirname, "..");

test("a client of the guide gets the agent's answer", async () => {
  const data = temporaryFolder();
  const agent = await startAgent();
  const guide = readFileSync(join(root, "docs", "protocols", "a2a.md"), "utf8");
  const [, yaml = ""] = /```yaml\n(routes:[\s\S]*?)```/.exec(guide) ?? [];
  const [, script = ""] = /```js\n([\s\S]*?)```/.exec(guide) ?? [];
  const parapet = await startParapet({
    data,
    configuration: `${yaml.replace("http://weather.internal:8080", agent.url)}policies: [${productPolicies}]\n`,
  });
  const file = join(root, "node_modules", ".cache", `a2a-guide-${process.pid}.mjs`);
  try {
    writeFileSync(file, `${script.replace("http://127.0.0.1:4100", parapet.url)}\nexport { answer };\n`);
    const { answer } = (await import(pathToFileURL(file).href)) as { answer: unknown };
    expect(JSON.stringify(answer)).toContain("You said: How was it in Oslo?");
  } finally {
    removeFolder(file);
    await parapet.stop();
    await agent.close();
    removeFolder(data);
  }
});
