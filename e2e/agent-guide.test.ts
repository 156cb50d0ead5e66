/**
 * Guarantee: the guide to agents runs as it stands: the worst model's harmless payment passes, the one to an account
 * that only a stranger named waits, and so does one above the limit, until somebody else lets it through once.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";

const root = join(import.meta.dirname, "..");
const example = join(root, "examples/agent");
const manual = readFileSync(join(root, "docs/agent-quickstart.md"), "utf8");
const data = temporaryFolder();
let model: ChildProcess;
let parapet: Started;

const linesOf = ({ stdout }: ChildProcess): (() => string) => {
  let text = "";
  stdout?.on("data", (piece: Buffer) => {
    text += piece.toString("utf8");
  });
  return () => text;
};

const runAgent = async (...numbers: string[]): Promise<string> => {
  const agent = spawn(process.execPath, [join(example, "agent.mjs"), ...numbers], {
    env: { ...process.env, PARAPET_BASE_URL: `${parapet.url}/v1` },
  });
  const said = linesOf(agent);
  await once(agent, "close");
  return said();
};

beforeAll(async () => {
  model = spawn(process.execPath, [join(example, "model.mjs")], { env: { ...process.env, PORT: "0" } });
  const seen = linesOf(model);
  const address = await eventually(async () => /http:\S+/.exec(seen())?.[0]);
  const configuration = readFileSync(join(example, "parapet.yaml"), "utf8")
    .replace("http://127.0.0.1:4199/v1", address)
    .replaceAll("../../", `${root}/`);
  parapet = await startParapet({ configuration, data });
});
afterAll(async () => {
  await parapet.stop();
  model.kill();
  removeFolder(data);
});

test("the agent does what the manual shows", async () => {
  const shown = /It is asked to pay three invoices:\n\n```\n([^`]+)```/.exec(manual)?.[1] ?? "";
  const said = (await runAgent()).replaceAll(/approval [0-9a-f-]{36}[^\n]*\n[^\n]*\n/g, "approval …\n");
  expect(said).toBe(shown);
});

test("what waits passes once when somebody else approves", async () => {
  const { body } = await parapet.api("GET", "/approvals");
  const waiting = body.items.find(({ policy }: { policy: string }) => policy === "hold-exceeded-limit");
  // Whoever may open the server's socket is nobody: a person decides, under a name.
  const { status } = await fetch(`${parapet.url}/api/v1/approvals/${waiting.id}/decision`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ decision: "approve", reason: "agreed with finance" }),
  });
  expect(status).toBe(200);
  expect(await runAgent("1185")).toContain("PAID 7200 to DE89");
  expect(await runAgent("1185")).not.toContain("PAID");
});

test("the manual shows what the example declares", () => {
  const declared = readFileSync(join(example, "parapet.yaml"), "utf8");
  const shown = /beside the route:\n\n```yaml\n([^`]+)```/.exec(manual)?.[1] ?? "";
  const lines = shown.split("\n").filter((line) => line.trim() !== "");
  expect(lines.length).toBeGreaterThan(15);
  const known = new Set(declared.split("\n").map((line) => line.replace(/ #.*$/, "")));
  expect(lines.filter((line) => !known.has(line))).toEqual([]);
});
