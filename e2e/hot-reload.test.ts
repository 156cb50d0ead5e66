/**
 * Guarantee: policies change without a restart and as a whole. Every decision carries exactly one policy version
 * and does what that version says; an invalid set changes nothing, and both leave an audit event.
 */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  productPolicies,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chat } from "./raw-http.ts";
import { startReplayUpstream } from "./replay-upstream.ts";

const RELOADS = process.env["PARAPET_SOAK"] === undefined ? 6 : 500;
const data = temporaryFolder();
const policies = join(data, "policies");
const file = join(policies, "turning.cedar");
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;

/** Blocks every prompt with a personal word by a policy whose id is the turn: id and version must belong together. */
const turning = (turn: number): string => `
@id("turn-${turn}")
@action("block")
@severity("high")
@message("Turn ${turn}.")
@description("Blocks what carries a secret; one of a row that follow each other quickly.")
forbid (principal, action == Action::"request", resource)
when { context.confidence.secret >= 800 };
`;
const SECRET = `My key is ghp_${"k7Qw2Zr9Lx4Vb1Nm8Tc5Yd3Hj6Pf0SgAe1Ru".slice(0, 36)}`;
const state = async (): Promise<{ version: string; ids: string[]; errors: number }> => {
  const { body } = await parapet.api("GET", "/policies");
  return {
    version: body.version,
    ids: body.policies.map(({ id }: { id: string }) => id).filter((id: string) => id.startsWith("turn-")),
    errors: body.diagnostics.filter(({ level }: { level: string }) => level === "error").length,
  };
};

beforeAll(async () => {
  cpSync(productPolicies, policies, { recursive: true });
  writeFileSync(file, turning(0));
  upstream = await startReplayUpstream();
  parapet = await startParapet({ configuration: configurationOf([{ upstream: upstream.url }], "", policies), data });
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

test(`${RELOADS} reloads under load: each decision is of one version, and of what that version says`, async () => {
  const seen: { id: string; policy: string }[] = [];
  const stopping = new AbortController();
  const worker = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { status, headers } = await chat(`${parapet.url}/v1`, SECRET);
      expect(status).toBe(400);
      seen.push({ id: String(headers["x-parapet-exchange"]), policy: String(headers["x-parapet-policy"]) });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const workers = [worker(), worker(), worker()];
  const versions = new Map<string, string>();
  const note = async (): Promise<void> => {
    const { version, ids } = await state();
    expect(ids).toHaveLength(1);
    versions.set(version, ids[0] ?? "");
  };
  await note();
  for (let turn = 1; turn <= RELOADS; turn++) {
    writeFileSync(file, turning(turn));
    await eventually(async () => ((await state()).ids[0] === `turn-${turn}` ? true : undefined));
    await note();
  }
  stopping.abort();
  await Promise.all(workers);
  expect(versions.size).toBe(RELOADS + 1);
  expect(new Set(seen.map(({ policy }) => policy)).size).toBeGreaterThan(RELOADS / 2);

  await parapet.api("POST", "/evidence/verify");
  const sample = seen.filter((_one, index) => index % Math.ceil(seen.length / 200) === 0);
  const wrong: unknown[] = [];
  for (const { id, policy } of sample) {
    const { body } = await parapet.api("GET", `/exchanges/${id}`);
    const { policyVersion, policies: applied } = body.requestVerdict;
    const turns = applied.map((one: { id: string }) => one.id).filter((name: string) => name.startsWith("turn-"));
    if (versions.get(policyVersion) !== policy || turns.length !== 1 || turns[0] !== policy)
      wrong.push({ id, policy, policyVersion, turns });
  }
  expect(wrong).toEqual([]);
});

test("an invalid set is refused: the old one stays, and an audit event says so", async () => {
  const before = await state();
  writeFileSync(file, "forbid (principal, action, resource) when { context.nonsense > };");
  await eventually(async () => ((await state()).errors > 0 ? true : undefined));
  const after = await state();
  expect([after.version, after.ids]).toEqual([before.version, before.ids]);
  expect((await chat(`${parapet.url}/v1`, SECRET)).headers["x-parapet-policy"]).toBe(before.ids[0]);

  const events = await eventually(async () => {
    const { body } = await parapet.api("GET", "/events?source=audit&limit=500");
    const reloads = body.items.filter(({ kind }: { kind: string }) => kind === "policy.reloaded");
    return reloads.some((event: any) => event.body.outcome === "failure") ? reloads : undefined;
  });
  expect(events.filter((event: any) => event.body.outcome === "success").length).toBe(RELOADS);

  writeFileSync(file, turning(9_999));
  await eventually(async () => ((await state()).ids[0] === "turn-9999" ? true : undefined));
  expect((await state()).errors).toBe(0);
});
