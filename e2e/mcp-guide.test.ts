/** Guarantee: the example in docs/mcp.md works as it stands there. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { expect, test } from "vitest";
import { productPolicies, removeFolder, startParapet, temporaryFolder } from "./parapet-process.ts";

const root = join(import.meta.dirname, "..");

test("servers of the guide answer under their names, for the agent that may call them", async () => {
  const data = temporaryFolder();
  const shared = join(data, "shared");
  mkdirSync(shared);
  writeFileSync(join(shared, "plan.txt"), "Paint the door green.");
  const guide = readFileSync(join(root, "docs", "mcp.md"), "utf8");
  const [, yaml = ""] = /```yaml\n(routes:[\s\S]*?)```/.exec(guide) ?? [];
  const [, name = ""] = /callTool\(\{ name: "(\w+)"/.exec(guide) ?? [];
  const parapet = await startParapet({
    data,
    configuration: `${yaml.replace("/srv/shared", shared).replace("mode: enforce", "mode: enforce\n    trust_identity_headers: true")}\npolicies: [${productPolicies}]\n`,
    env: { PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}` },
  });
  try {
    const client = new Client({ name: "app", version: "1" });
    const headers = { "x-parapet-agent": "librarian" };
    const url = new URL(`${parapet.url}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    const names = (await client.listTools()).tools.map((tool) => tool.name);
    expect(names).toContain(name);
    expect(names.every((one) => /^files__(?:read|list)_/.test(one))).toBe(true);
    const read = await client.callTool({ name, arguments: { path: join(shared, "plan.txt") } });
    expect(JSON.stringify(read)).toContain("Paint the door green.");
    await client.close();
  } finally {
    await parapet.stop();
    removeFolder(data);
  }
});
