/**
 * Guarantee: what an agent did is known from its traffic; a scope that is proposed from it and confirmed is in force
 * at a gateway on another machine without a restart, and stops what the agent could do the moment before.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { completion, sendJson, startReplayUpstream } from "./replay-upstream.ts";

const folders = { gateway: temporaryFolder(), monitor: temporaryFolder() };
const env = { PARAPET_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"), SHIPPING: "a-shared-secret-of-two-machines" };
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let monitor: Started;
let gateway: Started;
let secret = "";

/** The model calls whatever tool the user names. */
const ask = async (tool: string, session: string): Promise<string> => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-parapet-key": secret, "x-parapet-session": session },
    body: JSON.stringify({
      model: "m",
      messages: [{ role: "user", content: `Please call ${tool} for order 7.` }],
      tools: ["read_order", "read_stock"].map((name) => ({
        type: "function",
        function: {
          name,
          description: "Reads it",
          parameters: { type: "object", properties: { order: { type: "integer" } } },
        },
      })),
    }),
  });
  await response.text();
  return response.headers.get("x-parapet-verdict") ?? "";
};

beforeAll(async () => {
  upstream = await startReplayUpstream();
  upstream.answer(({ body }, response) => {
    const name = /call (\w+)/.exec(JSON.parse(body).messages.at(-1).content)?.[1] ?? "";
    const call = { id: "call_1", type: "function", function: { name, arguments: '{"order":7}' } };
    sendJson(response, 200, completion(null, { tool_calls: [call] }, "tool_calls"));
  });
  const routes = [{ upstream: upstream.url }];
  monitor = await startParapet({
    configuration: configurationOf(routes, 'ingest: { credential: "${SHIPPING}" }'),
    data: folders.monitor,
    role: "monitor",
    env,
  });
  const made = await monitor.api("POST", "/keys", { name: "desk", agent: "desk" });
  secret = made.body.secret;
  // Asking again and again until the scope is taken back must not pause the agent.
  const more = `breaker: { stopped: 1000 }\nmonitor: { url: "${monitor.url}", credential: "\${SHIPPING}" }`;
  gateway = await startParapet({
    configuration: configurationOf(routes, more),
    data: folders.gateway,
    role: "gateway",
    env,
  });
});
afterAll(async () => {
  await gateway.stop();
  await monitor.stop();
  await upstream.close();
  removeFolder(folders.gateway);
  removeFolder(folders.monitor);
});

const agent = async (): Promise<any> => (await monitor.api("GET", "/agents/desk")).body;

test("from traffic to a scope that is in force elsewhere", { timeout: 60_000 }, async () => {
  for (let turn = 0; turn < 3; turn += 1) expect(await ask("read_order", `s-${turn}`)).toBe("allow");
  expect(await ask("read_stock", "s-3")).toBe("allow");
  const seen = await eventually(async () => {
    const detail = await agent();
    return detail.use?.calls === 4 ? detail : undefined;
  });
  expect(seen).toMatchObject({
    summary: { scope: "none" },
    use: { sessions: 4, hosts: [], keys: [{ label: "desk" }], effects: [{ value: "read" }] },
  });

  const proposal = (await monitor.api("GET", "/agents/desk/proposal")).body;
  expect(proposal).toMatchObject({
    scope: { tools: ["read_order", "read_stock"], hosts: [] },
    comparison: { outside: 0 },
  });
  const scope = { ...proposal.scope, tools: ["read_order"] };
  const reason = "It has no business with the stock";
  const refused = await monitor.api("POST", "/agents/desk/scopes", { scope, reason });
  expect([refused.status, refused.body.title]).toEqual([409, expect.stringContaining("1 of the 4 calls")]);
  expect((await monitor.api("POST", "/agents/desk/scopes", { scope, reason, outside: 1 })).status).toBe(201);

  await eventually(async () => ((await ask("read_stock", "s-3")) === "block" ? true : undefined), 20_000);
  expect(await ask("read_order", "s-3")).toBe("allow");
  const outside = await eventually(async () => {
    const detail = await agent();
    return detail.use?.stopped > 0 ? detail : undefined;
  });
  expect(outside).toMatchObject({
    summary: { scope: "confirmed" },
    notable: [{ tool: "read_stock", fate: "stopped", policy: "deny-out-of-scope-tool" }],
  });

  expect((await monitor.api("POST", "/agents/desk/withdraw", { reason: "It has, after all" })).status).toBe(200);
  await eventually(async () => ((await ask("read_stock", "s-4")) === "allow" ? true : undefined), 20_000);
  const audits = (await monitor.api("GET", "/events?source=audit&limit=50")).body.items.map(({ kind }: any) => kind);
  expect(audits).toEqual(expect.arrayContaining(["scope.confirmed", "scope.withdrawn"]));
});
