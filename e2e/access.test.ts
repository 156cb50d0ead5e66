/**
 * Guarantee: nobody uses a model, a record or a setting that is not theirs to use. Keys hold what they say, roles
 * open exactly their endpoints, every change leaves an audit event, and a gateway without its monitor goes on.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chat, post } from "./raw-http.ts";
import { completion, sendJson, startReplayUpstream } from "./replay-upstream.ts";

const data = temporaryFolder();
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;
let spareKey: string;

const routes = (url: string) => [
  { upstream: url },
  { id: "other", path: "/other", upstream: url },
  { id: "trusting", path: "/trusting", upstream: url, trust_identity_headers: "true" },
];

beforeAll(async () => {
  upstream = await startReplayUpstream();
  parapet = await startParapet({ configuration: configurationOf(routes(upstream.url)), data });
  spareKey = await createKey({ name: "spare" });
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

const created = async (body: Record<string, unknown>): Promise<{ key: { id: string }; secret: string }> => {
  const answer = await parapet.api("POST", "/keys", body);
  expect(answer.status).toBe(201);
  return answer.body;
};
const createKey = async (body: Record<string, unknown>): Promise<string> => (await created(body)).secret;
const ask = (
  secret: string | undefined,
  path = "/v1",
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) => chat(parapet.url + path, "Hello", more, { ...(secret !== undefined && { "x-parapet-key": secret }), ...headers });
const origin = (id: unknown) =>
  eventually(async () => {
    const { status, body } = await parapet.api("GET", `/exchanges/${String(id)}`);
    return status === 200 && body.state !== "open" ? body.origin : undefined;
  });

describe("gateway keys", () => {
  test("once a key exists nobody passes without one, and nothing of the body is read", async () => {
    const asked = upstream.received.length;
    for (const secret of [undefined, "", "pk_wrong", `${spareKey}x`, spareKey.toUpperCase()])
      expect((await ask(secret)).status).toBe(401);
    expect(upstream.received).toHaveLength(asked);
    expect((await ask(spareKey)).status).toBe(200);
  });

  test("the key may come as the bearer token, and is then never passed on", async () => {
    expect((await ask(undefined, "/v1", {}, { authorization: `Bearer ${spareKey}` })).status).toBe(200);
    expect(upstream.received.at(-1)?.headers.authorization).toBeUndefined();
    expect((await ask(spareKey, "/v1", {}, { authorization: "Bearer sk-callers-own" })).status).toBe(200);
    expect(upstream.received.at(-1)?.headers.authorization).toBe("Bearer sk-callers-own");
    expect(JSON.stringify(upstream.received)).not.toContain(spareKey);
  });

  const scopes: readonly [
    what: string,
    scope: Record<string, unknown>,
    path: string,
    more: Record<string, unknown>,
    status: number,
  ][] = [
    ["its route", { routes: ["assistant"] }, "/v1", {}, 200],
    ["another route", { routes: ["assistant"] }, "/other", {}, 403],
    ["its model", { models: ["gpt-replay"] }, "/v1", {}, 200],
    ["a model of its family", { models: ["gpt-*"] }, "/v1", {}, 200],
    ["another model", { models: ["gpt-other"] }, "/v1", {}, 403],
    ["no model at all", { models: ["gpt-replay"] }, "/v1", { model: "" }, 403],
    ["its address", { addresses: ["127.0.0.0/8"] }, "/v1", {}, 200],
    ["another address", { addresses: ["10.0.0.0/8", "::1"] }, "/v1", {}, 403],
    ["a time before it expires", { expiresAt: "2099-01-01T00:00:00.000Z" }, "/v1", {}, 200],
    ["a time after it expired", { expiresAt: "2020-01-01T00:00:00.000Z" }, "/v1", {}, 401],
  ];
  test.each(scopes)("a key asked for %s", async (what, scope, path, more, status) => {
    const answer = await ask(await createKey({ name: what, ...scope }), path, more);
    expect(answer.status, answer.text).toBe(status);
  });

  test("a rotated key works until the overlap ends; its successor has the same scope", async () => {
    const old = await created({ name: "rotating", routes: ["assistant"] });
    const rotated = await parapet.api("POST", `/keys/${old.key.id}/rotate`, { overlapSeconds: 60 });
    expect((await ask(old.secret)).status).toBe(200);
    expect((await ask(rotated.body.secret)).status).toBe(200);
    expect((await ask(rotated.body.secret, "/other")).status).toBe(403);
    const last = await parapet.api("POST", `/keys/${rotated.body.key.id}/rotate`, { overlapSeconds: 0 });
    expect((await ask(rotated.body.secret)).status).toBe(401);
    expect((await ask(last.body.secret)).status).toBe(200);
  });

  test("a revoked key ends at once", async () => {
    const { key, secret } = await created({ name: "revoked" });
    expect((await ask(secret)).status).toBe(200);
    expect((await parapet.api("DELETE", `/keys/${key.id}`)).status).toBe(200);
    expect((await ask(secret)).status).toBe(401);
  });

  /** A limit counts in windows of a minute: one may end between two requests, so a little more is sent. */
  test("requests per minute", async () => {
    const secret = await createKey({ name: "requests", requestsPerMinute: 3 });
    const answers = [];
    for (let turn = 0; turn < 8; turn++) answers.push(await ask(secret));
    const limited = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(6);
    expect(limited.length).toBeGreaterThan(0);
    expect(Number(limited[0]?.headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.parse(limited[0]?.text ?? "").error.code).toBe("rate_limited");
  });

  test("tokens per minute", async () => {
    upstream.answer((_request, response) => sendJson(response, 200, completion("Hello.")));
    const secret = await createKey({ name: "tokens", tokensPerMinute: 20 });
    const answers = [];
    for (let turn = 0; turn < 6; turn++) answers.push(await ask(secret));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(4);
    expect(answers.some(({ status }) => status === 429)).toBe(true);
  });

  const names = { "x-parapet-user": "alice", "x-parapet-agent": "helper", "x-parapet-session": "s-1" };
  test.each([
    ["an ordinary key", {}, "/v1", undefined, undefined],
    ["a trusted key", { trustIdentityHeaders: true }, "/v1", "alice", "helper"],
    ["a key bound to an agent", { agent: "bound" }, "/v1", undefined, "bound"],
  ])("identity headers of %s", async (name, scope, path, user, agent) => {
    const answer = await ask(await createKey({ name, ...scope }), path, { user: "mallory" }, names);
    const who = await origin(answer.headers["x-parapet-exchange"]);
    expect([who.user, who.agent, who.session]).toEqual([user, agent, "s-1"]);
  });
});

describe("roles", () => {
  const ROLES = ["viewer", "analyst", "approver", "administrator"];
  const tokens = new Map<string, string>([["administrator", ADMIN_TOKEN]]);
  let operations: { method: string; path: string; role: string }[];

  const call = (method: string, path: string, headers: Record<string, string>, body = "{}") =>
    post(parapet.url + path, method === "GET" ? "" : body, headers, method);

  beforeAll(async () => {
    for (const role of ROLES.slice(0, 3))
      tokens.set(role, (await parapet.api("POST", "/users", { name: `some-${role}`, role })).body.token);
    const { body } = await parapet.api("GET", "/openapi.json");
    operations = Object.entries<Record<string, any>>(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { description }]) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{(\w+)\}/g, "nothing"),
        role: /role (\w+)/.exec(description)?.[1] ?? "",
      })),
    );
  });

  test("every endpoint of the OpenAPI document opens to its role and above, and to nobody else", async () => {
    expect(operations.length).toBeGreaterThan(15);
    const wrong: string[] = [];
    for (const { method, path, role } of operations) {
      for (const [who, token] of tokens) {
        const allowed = ROLES.indexOf(who) >= ROLES.indexOf(role);
        const { status } = await call(method, path, { authorization: `Bearer ${token}` });
        if ((status === 401 || status === 403) === allowed || status >= 500)
          wrong.push(`${who} ${method} ${path}: ${status}`);
      }
      for (const headers of [{}, { authorization: "Bearer pt_wrong" }, { cookie: "parapet_session=guess" }]) {
        const { status } = await call(method, path, headers);
        if (status !== 401) wrong.push(`nobody ${method} ${path}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("every change leaves an audit event with its actor, also one that failed", async () => {
    const changes = operations.filter(({ method }) => method !== "GET");
    for (const { method, path } of changes) await call(method, path, { authorization: `Bearer ${ADMIN_TOKEN}` });
    await parapet.api("POST", "/evidence/verify");
    const { body } = await parapet.api("GET", "/events?source=audit&limit=500");
    const failures = body.items.filter(
      (event: any) => event.principal === "user:admin" && event.body.outcome === "failure",
    );
    expect(new Set(failures.map(({ kind }: any) => kind)).size).toBeGreaterThan(5);
    const events = body.items.filter((event: any) => event.principal === "user:admin");
    expect(events.length).toBeGreaterThanOrEqual(changes.length);
    expect(JSON.stringify(body)).not.toMatch(/pk_[A-Za-z0-9_-]{20}/);
    expect(JSON.stringify(body)).not.toContain(ADMIN_TOKEN);
  });

  test("a session's changes need its CSRF value, and end with it", async () => {
    const signedIn = await call("POST", "/api/v1/session", {}, JSON.stringify({ token: ADMIN_TOKEN }));
    expect(signedIn.status).toBe(200);
    const set = String(signedIn.headers["set-cookie"]);
    expect(set).toMatch(/HttpOnly; SameSite=Strict/);
    const cookie = set.split(";")[0] ?? "";
    const { csrf } = JSON.parse(signedIn.text);
    expect((await call("GET", "/api/v1/keys", { cookie })).status).toBe(200);
    expect((await call("POST", "/api/v1/keys", { cookie }, '{"name":"x"}')).status).toBe(403);
    expect((await call("POST", "/api/v1/keys", { cookie, "x-parapet-csrf": "guess" }, '{"name":"x"}')).status).toBe(
      403,
    );
    expect((await call("POST", "/api/v1/keys", { cookie, "x-parapet-csrf": csrf }, '{"name":"x"}')).status).toBe(201);
    expect((await call("DELETE", "/api/v1/session", { cookie, "x-parapet-csrf": csrf })).status).toBe(204);
    expect((await call("GET", "/api/v1/keys", { cookie })).status).toBe(401);
  });

  test("writes ignore or refuse fields that the caller may not set", async () => {
    const answer = await call(
      "POST",
      "/api/v1/keys",
      { authorization: `Bearer ${ADMIN_TOKEN}` },
      '{"name":"x","tenant":"other","secretHash":"0"}',
    );
    expect(answer.status).toBe(400);
  });

  test("guessing tokens at the door is slowed down", async () => {
    const statuses: number[] = [];
    // Failures count per minute; one more than twice as many cannot all fall into two of them.
    for (let turn = 0; turn < 21; turn++)
      statuses.push((await call("POST", "/api/v1/session", {}, '{"token":"pt_guess"}')).status);
    expect(statuses[0]).toBe(401);
    expect(statuses).toContain(429);
  });
});

describe("a start that is not safe is refused", () => {
  const refusal = async (configuration: string): Promise<string> => {
    const folder = temporaryFolder();
    try {
      await (await startParapet({ configuration, data: folder })).stop();
      return "started";
    } catch (error) {
      return String(error);
    } finally {
      removeFolder(folder);
    }
  };
  test.each([
    [
      "beyond loopback without a key",
      () => configurationOf(routes(upstream.url), "listen: { host: 0.0.0.0 }"),
      /no gateway key exists/,
    ],
    [
      "an upstream that is a metadata address",
      () => configurationOf([{ upstream: "http://169.254.169.254/v1" }]),
      /169\.254\.169\.254/,
    ],
    [
      "an unknown key of the configuration",
      () => configurationOf([{ upstream: upstream.url, modee: "enforce" }]),
      /modee/,
    ],
    ["a route at a reserved path", () => configurationOf([{ upstream: upstream.url, path: "/api/v1" }]), /reserved/],
  ])("%s", async (_what, configuration, message) => {
    expect(await refusal(configuration())).toMatch(message);
  });
});

describe("gateway and monitor apart", () => {
  const folders = { gateway: temporaryFolder(), monitor: temporaryFolder() };
  const env = {
    PARAPET_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
    SHIPPING: "a-shared-secret-of-two-machines",
  };
  const monitorConfiguration = (): string =>
    configurationOf(routes(upstream.url), 'ingest: { credential: "${SHIPPING}" }');
  let monitor: Started;
  let gateway: Started;

  beforeAll(async () => {
    monitor = await startParapet({
      configuration: monitorConfiguration(),
      data: folders.monitor,
      role: "monitor",
      env,
    });
    const more = `monitor: { url: "${monitor.url}", credential: "\${SHIPPING}" }`;
    gateway = await startParapet({
      configuration: configurationOf(routes(upstream.url), more),
      data: folders.gateway,
      role: "gateway",
      env,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await monitor.stop();
    removeFolder(folders.gateway);
    removeFolder(folders.monitor);
  });

  const shipped = (id: unknown) =>
    eventually(async () => {
      const { status, body } = await monitor.api("GET", `/exchanges/${String(id)}`);
      return status === 200 && body.state !== "open" ? body : undefined;
    }, 15_000);

  test("records are shipped; a monitor that is away stops nothing, and catches up", async () => {
    const first = await chat(`${gateway.url}/v1`, "Hello");
    expect(first.status).toBe(200);
    expect(await shipped(first.headers["x-parapet-exchange"])).toMatchObject({
      state: "completed",
      segments: [{ text: "Hello" }, {}],
    });

    const port = Number(new URL(monitor.url).port);
    await monitor.stop();
    const away = [];
    for (let turn = 0; turn < 10; turn++) away.push(await chat(`${gateway.url}/v1`, `While it is away ${turn}`));
    expect(away.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    monitor = await startParapet({
      configuration: monitorConfiguration(),
      data: folders.monitor,
      role: "monitor",
      env,
      port,
    });
    for (const { headers } of away) expect((await shipped(headers["x-parapet-exchange"])).state).toBe("completed");
    const { body } = await monitor.api("GET", "/exchanges?limit=50");
    expect(body.items).toHaveLength(11);
    expect((await monitor.api("POST", "/evidence/verify")).body).toMatchObject({ ok: true, problems: [] });
  });

  test("the gateway has no API and no console, the monitor no routes, and shipping needs its credential", async () => {
    expect((await post(`${gateway.url}/api/v1/settings`, "", {}, "GET")).status).toBe(404);
    expect((await chat(`${monitor.url}/v1`, "Hello")).status).not.toBe(200);
    expect((await post(`${monitor.url}/ingest/gateway`, "{}", { authorization: "Bearer wrong" })).status).toBe(401);
    expect(
      (await post(`${monitor.url}/ingest/gateway`, "{}", { authorization: `Bearer ${env.SHIPPING}` })).status,
    ).toBe(400);
  });

  test("a key made on the monitor guards the gateway", async () => {
    const made = await monitor.api("POST", "/keys", { name: "shipped" });
    await eventually(
      async () => ((await chat(`${gateway.url}/v1`, "Hello")).status === 401 ? true : undefined),
      15_000,
    );
    expect((await chat(`${gateway.url}/v1`, "Hello", {}, { "x-parapet-key": made.body.secret })).status).toBe(200);
  });
});

test("exchanges that a killed `up` left open end when its directory goes on as a monitor", async () => {
  const folder = temporaryFolder();
  const silent = await startReplayUpstream();
  silent.answer(() => undefined);
  const configuration = configurationOf([{ upstream: silent.url }]);
  const before = await startParapet({ configuration, data: folder });
  const left = chat(`${before.url}/v1`, "Hello").catch(() => undefined);
  await eventually(() => Promise.resolve(silent.received.length > 0 || undefined));
  await before.kill();
  await left;
  const monitor = await startParapet({ configuration, data: folder, role: "monitor" });
  const ended = await eventually(async () => {
    const [first] = (await monitor.api("GET", "/exchanges?limit=1")).body.items;
    return first === undefined || first.state === "open" ? undefined : first;
  }, 15_000);
  expect(ended.state).toBe("interrupted");
  expect((await monitor.api("POST", "/evidence/verify")).body).toMatchObject({ ok: true, problems: [] });
  await monitor.stop();
  await silent.close();
  removeFolder(folder);
});
