/**
 * Guarantee: the self-test measures the live gateway and stays out of everybody's numbers. What was switched off shows
 * as a fall and a finding that resolves itself; nobody outside can mark traffic as the self-test's.
 */
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { post } from "./raw-http.ts";
import { startReplayUpstream } from "./replay-upstream.ts";

const main = join(import.meta.dirname, "..", "server", "src", "main.ts");
const data = temporaryFolder();
const WITHOUT_SECRETS =
  "[hidden-text, encoded-payload, prompt-injection, jailbreak, personal-data, exfiltration-channel, unsafe-markup, system-prompt-leak]";
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;

const start = (route: Record<string, string> = {}): Promise<Started> =>
  startParapet({
    configuration: configurationOf([{ upstream: upstream.url, ...route }], "self_test: { rowsPerSecond: 500 }"),
    data,
  });

/** The command as an operator types it, against the server that runs. */
const command = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const places = ["--config", join(data, "parapet.yaml"), "--data", join(data, "store")];
    const flags = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
    const child = spawn(process.execPath, [...flags, main, "self-test", ...places, ...args]);
    let out = "";
    let err = "";
    child.stdout.on("data", (piece: Buffer) => (out += piece.toString("utf8")));
    child.stderr.on("data", (piece: Buffer) => (err += piece.toString("utf8")));
    child.on("exit", (code) => resolve({ code: code ?? -1, out, err }));
  });

const findings = async (): Promise<{ title: string; status: string; description: string; exchanges: string[] }[]> =>
  (await parapet.api("GET", "/findings?rule=self-test&limit=100")).body.items;

beforeAll(async () => {
  upstream = await startReplayUpstream();
  parapet = await start();
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

test("a run sees every row, and what it measured becomes what later runs must reach", async () => {
  const { code, out, err } = await command("--json", "--write-baseline");
  expect(err).toContain("self-test-baseline.json");
  expect(code).toBe(0);
  const run = JSON.parse(out);
  const [lane] = run.lanes;
  expect(lane.routes).toEqual(["assistant"]);
  expect(lane.rows).toBe(run.corpus.attacks + run.corpus.benign);
  expect(run.rows.filter(({ outcome }: { outcome: string }) => outcome === "unseen")).toEqual([]);
  const secrets = lane.detectors.find(({ name }: { name: string }) => name === "secrets");
  expect(secrets.found).toBeGreaterThan(0);
  expect(lane.acted).toBeGreaterThan(0);
  const baseline = JSON.parse(readFileSync(join(data, "store", "self-test-baseline.json"), "utf8"));
  expect(baseline.corpus).toBe(run.corpus.digest);
});

test("a second run passes, in words too", async () => {
  const { code, out, err } = await command();
  expect(err).toMatch(/^Sending \d+ rows, 500 a second: about \d+ s\./);
  expect(out).toContain("secrets");
  expect(out.trim().split("\n").at(-1)).toContain("passed");
  expect(code).toBe(0);
  expect((await findings()).filter(({ status }) => status !== "resolved")).toEqual([]);
});

test("nothing of it is in anybody's numbers, and no upstream was asked", async () => {
  await eventually(async () => {
    const { body } = await parapet.api("GET", "/exchanges?lane=self-test&limit=500");
    return body.items.length > 250 ? true : undefined;
  }, 30_000);
  const [marked] = (await parapet.api("GET", "/exchanges?lane=self-test&limit=1")).body.items;
  expect(marked.lane).toBe("self-test");
  expect((await parapet.api("GET", `/exchanges/${marked.id}`)).body.origin.lane).toBe("self-test");
  expect((await parapet.api("GET", "/exchanges")).body.items).toEqual([]);
  const { body: overview } = await parapet.api("GET", "/overview");
  expect([overview.exchanges, overview.wouldHave, overview.byVerdict, overview.topPrincipals]).toEqual([0, 0, {}, []]);
  expect((await parapet.api("GET", "/events?source=gateway")).body.items).toEqual([]);
  const audited = (await parapet.api("GET", "/events?source=audit&limit=100")).body.items;
  const completed = audited.filter(({ kind }: { kind: string }) => kind === "selftest.completed");
  expect(completed.length).toBe(2);
  expect(upstream.received).toEqual([]);
  const metrics = await (await fetch(`${parapet.url}/metrics`)).text();
  expect(metrics).toMatch(/parapet_self_test_recall\{route="assistant",detector="secrets"\} 0?\.?\d/);
  expect(metrics).toContain("parapet_self_test_passed 1");
  expect(metrics).not.toMatch(/parapet_exchanges_total\{/);
});

const BODY = JSON.stringify({
  model: "parapet-self-test",
  messages: [{ role: "user", content: "[self-test row leak-01-a]" }],
});

test.each([
  ["no key", {}],
  ["a key that looks like it", { "x-parapet-key": `self-test-${"A".repeat(43)}` }],
  ["an administrator's token", { authorization: "Bearer pt_test_administrator" }],
])("the lane is closed to %s", async (_, headers) => {
  const answer = await post(`${parapet.url}/.self-test/assistant/chat/completions`, BODY, headers);
  expect(answer.status).toBe(401);
  expect(upstream.received).toEqual([]);
});

test("a caller that names itself the self-test is traffic like any other", async () => {
  const forged = { "x-parapet-lane": "self-test", "x-parapet-user": "self-test", "x-parapet-session": "self-test" };
  const answer = await post(`${parapet.url}/v1/chat/completions`, BODY, { ...forged, "x-parapet-key": "self-test" });
  const id = String(answer.headers["x-parapet-exchange"]);
  const seen = await eventually(async () => {
    const { body } = await parapet.api("GET", "/exchanges");
    return body.items.find((one: { id: string }) => one.id === id);
  });
  expect(seen.lane).toBeUndefined();
  expect(upstream.received.length).toBe(1);
});

test("a detector that is switched off is a fall with a finding, which resolves once it is on again", async () => {
  await parapet.stop();
  parapet = await start({ detectors: WITHOUT_SECRETS });
  const fallen = await command("--json");
  expect(fallen.code).toBe(1);
  const run = JSON.parse(fallen.out);
  expect(run.result).toBe("degraded");
  expect(run.problems.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual([
    "recall secrets",
  ]);
  const opened = await findings();
  expect(opened.map(({ status }) => status)).toEqual(["new"]);
  expect(opened.map(({ description }) => description).join()).toContain("does not run on this route");
  expect(opened[0]?.exchanges.length).toBeGreaterThan(0);

  await parapet.stop();
  parapet = await start();
  expect((await command("--json")).code).toBe(0);
  expect((await findings()).map(({ status }) => status)).toEqual(["resolved"]);
});

test.runIf(process.env["PARAPET_SOAK"] !== undefined)(
  "the example's own rows run with a baseline of their own, and a row that is not in form makes the run incomplete",
  async () => {
    await parapet.stop();
    const folder = join(data, "rows");
    cpSync(join(import.meta.dirname, "..", "examples", "self-test"), folder, { recursive: true });
    parapet = await startParapet({
      configuration: configurationOf(
        [{ upstream: upstream.url }],
        `self_test: { rowsPerSecond: 500, folder: ${folder} }`,
      ),
      data,
    });
    const first = await command("--json", "--write-baseline");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out)).toMatchObject({ result: "passed", rows: [], corpus: { attacks: 3, benign: 3 } });
    appendFileSync(join(folder, "rows.jsonl"), '{"id":"till-04-a"}\n');
    const { code, out } = await command("--write-baseline");
    expect(code).toBe(1);
    expect(out).toMatch(/1 rows are not in form and were left out; the first, .*rows\.jsonl:7: /);
    expect((await findings()).filter(({ status }) => status === "new").map(({ title }) => title)).toEqual([
      "The self-test leaves out rows that are not in form",
    ]);
  },
);

test("without a server the command says so", async () => {
  await parapet.stop();
  const { code, err } = await command();
  expect(code).toBe(3);
  expect(err).toContain("No server runs on");
  parapet = await start();
});
