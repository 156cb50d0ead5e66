import { DEFAULT_TENANT, ExchangeId, ExchangeSummary, includesRole, ROLES } from "@parapet/model";
import { Problem, RuleDetail, RulesResponse } from "@parapet/model/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { SpoolUnavailable } from "#storage";
import { startApi, type TestApi } from "./api.fixture.ts";
import { ENDPOINTS, openApiDocument } from "./index.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => api[Symbol.asyncDispose]());

const problemOf = async (response: Response): Promise<Problem> => {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
};

const NAMES = ENDPOINTS.map((one) => [`${one.method} ${one.path}`, one] as const);
const pathOf = (path: string): string => path.replaceAll(/\{\w+\}/g, "01990000-0000-7000-8000-000000000001");

describe("every operation", () => {
  test.each(NAMES)("%s has a role and a summary, and an audit type when it is no GET", (_, one) => {
    expect(ROLES).toContain(one.role);
    expect(one.summary).toMatch(/^[A-Z][^.]{5,120}$/);
    expect(one.audit === undefined).toBe(one.method === "get");
    if (one.audit !== undefined) expect(one.audit).toMatch(/^[a-z]+\.[a-z]+$/);
  });

  test("stands once", () => {
    expect(new Set(NAMES.map(([name]) => name)).size).toBe(NAMES.length);
  });

  test.each(NAMES)("%s is shut without a token and to every lower role, and open from its role on", async (_, one) => {
    const send = (as?: (typeof ROLES)[number]) =>
      api.call(one.method.toUpperCase(), pathOf(one.path), {
        ...(as !== undefined && { as }),
        ...(one.method !== "get" && { body: {} }),
      });
    expect((await problemOf(await send())).code).toBe("unauthorized");
    for (const role of ROLES) {
      const { status } = await send(role);
      if (includesRole(role, one.role)) expect([401, 403, 500]).not.toContain(status);
      else expect(status).toBe(403);
    }
  });

  test.each(NAMES.filter(([, { method }]) => method !== "get"))(
    "%s leaves an audit entry for success, failure and refusal alike",
    async (_, one) => {
      const before = api.audits.length;
      const answer = await api.call(one.method.toUpperCase(), pathOf(one.path), { as: "administrator", body: {} });
      expect(api.audits.slice(before)).toMatchObject([
        {
          type: one.audit,
          actor: "user:administrator",
          tenant: DEFAULT_TENANT,
          address: "127.0.0.1",
          outcome: answer.ok ? "success" : "failure",
        },
      ]);
      if (one.role === "viewer") return;
      await api.call(one.method.toUpperCase(), pathOf(one.path), { as: "viewer", body: {} });
      expect(api.audits.at(-1)).toMatchObject({ type: one.audit, actor: "user:viewer", outcome: "failure" });
    },
  );
});

describe("the OpenAPI document", () => {
  const Document = z.object({
    openapi: z.literal("3.1.0"),
    info: z.object({ title: z.string(), version: z.literal("9.9") }),
    paths: z.record(
      z.string().startsWith("/api/v1/"),
      z
        .record(
          z.enum(["get", "post", "put", "patch", "delete"]),
          z.object({
            summary: z.string(),
            responses: z.record(z.string(), z.unknown()),
            parameters: z.array(z.object({ name: z.string(), in: z.string() })).optional(),
          }),
        )
        .or(z.record(z.string(), z.unknown())),
    ),
    components: z.object({ securitySchemes: z.record(z.string(), z.object({ type: z.string() })) }),
    security: z.array(z.record(z.string(), z.array(z.string()))),
  });

  test("is 3.1, describes every operation with its path parameters, and refers to nothing that it lacks", () => {
    const document = openApiDocument(ENDPOINTS, "9.9");
    const { paths } = Document.parse(JSON.parse(JSON.stringify(document)));
    for (const { method, path } of ENDPOINTS) {
      const operation = paths[`/api/v1${path}`]?.[method as "get"];
      expect(operation, `${method} ${path}`).toBeDefined();
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(JSON.stringify(operation)).toContain("application/problem+json");
      for (const name of names)
        expect(JSON.stringify(operation)).toContain(`"name":"${name}","in":"path","required":true`);
    }
    const text = JSON.stringify(document);
    for (const [, reference = ""] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = reference
        .split("/")
        .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
      expect(target, reference).toBeDefined();
    }
  });

  test("is served to whoever asks", async () => {
    expect((await api.call("GET", "/openapi.json")).status).toBe(200);
  });
});

describe("a request that is wrong", () => {
  test.each([
    ["no JSON", "POST", "/keys", { body: "{" }, 400, "bad_json"],
    [
      "another content type",
      "POST",
      "/keys",
      { body: "name=x", headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "unsupported_media_type",
    ],
    ["an unknown field", "POST", "/keys", { body: { name: "x", admin: true } }, 400, "bad_request"],
    ["an unknown route", "POST", "/keys", { body: { name: "x", routes: ["nowhere"] } }, 400, "bad_request"],
    [
      "an address that is none",
      "POST",
      "/keys",
      { body: { name: "x", addresses: ["10.0.0.0/99"] } },
      400,
      "bad_request",
    ],
    ["a query that is wrong", "GET", "/exchanges?limit=0", {}, 400, "bad_request"],
    ["an unknown path", "GET", "/nothing", {}, 404, "not_found"],
    ["an unknown method", "PUT", "/keys", { body: {} }, 404, "not_found"],
    ["a proof of no number", "GET", "/evidence/x/proof", {}, 400, "bad_request"],
    [
      "a body beyond the bound",
      "POST",
      "/policies/check",
      { body: { text: "x".repeat(9 * 1024 * 1024) } },
      413,
      "body_too_large",
    ],
    ["a credential with a path for a name", "PUT", "/credentials/..%2Fx", { body: { value: "v" } }, 400, "bad_request"],
  ] as const)("by %s is answered as a problem", async (_, method, path, options, status, code) => {
    const response = await api.call(method, path, { as: "administrator", ...options });
    expect(response.status).toBe(status);
    expect((await problemOf(response)).code).toBe(code);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("names each field that is wrong", async () => {
    const problem = await problemOf(
      await api.call("POST", "/keys", { as: "administrator", body: { name: "", requestsPerMinute: -1 } }),
    );
    expect(problem.errors?.map(({ path }) => path).toSorted()).toEqual(["name", "requestsPerMinute"]);
  });

  test("by our own defect says nothing of the inside", async () => {
    await using broken = await startApi({
      readExchange: () => Promise.reject(new Error("secret detail of the inside")),
    });
    const response = await broken.call("GET", "/exchanges/x", { as: "analyst" });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("inside");
  });

  test("is 503 when its audit entry cannot be written", async () => {
    await using full = await startApi({ audit: () => Promise.reject(new SpoolUnavailable("the disk is full")) });
    const response = await full.call("POST", "/policies/test", { as: "viewer", body: {} });
    expect((await problemOf(response)).code).toBe("evidence_unavailable");
  });
});

describe("keys", () => {
  const Created = z.object({ key: z.object({ id: z.string() }), secret: z.string() });

  test("are created, listed without their secret, rotated, and revoked for good", async () => {
    const created = Created.parse(
      await (
        await api.call("POST", "/keys", { as: "administrator", body: { name: "app", routes: ["assistant"] } })
      ).json(),
    );
    const listed = await (await api.call("GET", "/keys", { as: "viewer" })).text();
    expect(listed).toContain(created.key.id);
    expect(listed).not.toContain(created.secret);
    expect(listed).not.toContain("secretHash");
    const rotated = await api.call("POST", `/keys/${created.key.id}/rotate`, { as: "administrator", body: {} });
    expect(rotated.status).toBe(201);
    expect((await api.call("DELETE", `/keys/${created.key.id}`, { as: "administrator" })).status).toBe(200);
    const again = await api.call("POST", `/keys/${created.key.id}/rotate`, { as: "administrator", body: {} });
    expect((await problemOf(again)).code).toBe("conflict");
    expect(JSON.stringify(api.audits)).not.toContain(created.secret);
  });

  test("that have expired are not rotated", async () => {
    const expiresAt = new Date(api.clock.now() + 1_000).toISOString();
    const created = Created.parse(
      await (await api.call("POST", "/keys", { as: "administrator", body: { name: "short", expiresAt } })).json(),
    );
    api.clock.advance(1_000);
    const rotated = await api.call("POST", `/keys/${created.key.id}/rotate`, { as: "administrator", body: {} });
    expect((await problemOf(rotated)).code).toBe("conflict");
  });
});

test("a stored credential is answered by name only, and its value is in no audit entry", async () => {
  const value = "upstream-credential-value";
  expect((await api.call("PUT", "/credentials/provider", { as: "administrator", body: { value } })).status).toBe(200);
  const settings = await (await api.call("GET", "/settings", { as: "viewer" })).text();
  expect(settings).toContain('"name":"provider"');
  expect(settings).not.toContain(value);
  expect(settings).not.toContain("tokenHash");
  expect(JSON.stringify(api.audits)).not.toContain(value);
});

describe("signing in", () => {
  test("opens a session whose changes need its word, and ends it", async () => {
    const signIn = await api.call("POST", "/session", { body: { token: api.tokens.administrator } });
    const { csrf } = z.object({ csrf: z.string().min(20) }).parse(await signIn.json());
    const cookie = signIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await api.call("GET", "/session", { headers: { cookie } })).status).toBe(200);
    const change = (headers: Record<string, string>) =>
      api.call("PUT", "/routes/assistant/mode", { body: { mode: "enforce" }, headers });
    expect((await change({ cookie })).status).toBe(403);
    expect((await change({ cookie, "x-parapet-csrf": csrf })).status).toBe(200);
    expect((await api.call("DELETE", "/session", { headers: { cookie, "x-parapet-csrf": csrf } })).status).toBe(204);
    expect((await api.call("GET", "/session", { headers: { cookie } })).status).toBe(401);
  });

  test("is shut for the rest of a minute after ten failures, each on record", async () => {
    await using fresh = await startApi();
    const attempt = (token: string) => fresh.call("POST", "/session", { body: { token } });
    for (let count = 0; count < 10; count += 1) expect((await attempt("wrong")).status).toBe(401);
    const shut = await attempt(fresh.tokens.viewer);
    expect(shut.status).toBe(429);
    expect(shut.headers.get("retry-after")).toBe("60");
    expect(
      fresh.audits.filter(({ type, outcome }) => type === "session.started" && outcome === "failure"),
    ).toHaveLength(10);
    fresh.clock.advance(60_000);
    expect((await attempt(fresh.tokens.viewer)).status).toBe(200);
    expect(JSON.stringify(fresh.audits)).not.toContain("wrong");
  });
});

const SUMMARY = ExchangeSummary.parse({
  id: ExchangeId.parse("01990000-0000-7000-8000-000000000001"),
  time: "2026-01-01T00:00:00.000Z",
  route: "assistant",
  session: "s",
  principal: "p",
  model: "m",
  verdict: "block",
  state: "blocked",
  severity: "high",
  categories: [],
  matches: 0,
  unscannable: 0,
  latencyMs: 1,
  addedMs: 1,
  streamed: false,
  status: 400,
});

/** A live stream that began; `ended` resolves when it is over, however it ends. */
const watch = async (on: TestApi, headers: Readonly<Record<string, string>>) => {
  const response = await fetch(`${on.url}/exchanges/live`, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  await reader?.read();
  let text = "";
  const ended = (async () => {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) text += read.value;
  })().catch(() => undefined);
  return { ended, text: () => text };
};

describe("a user", () => {
  const disable = (on: TestApi, name: string, disabled = true) =>
    on.call("PATCH", `/users/${name}`, { as: "administrator", body: { disabled } });

  test("who is disabled loses token, session and live streams at once, and what is published then", async () => {
    await using fresh = await startApi();
    const authorization = `Bearer ${fresh.tokens.viewer}`;
    const signIn = await fresh.call("POST", "/session", { body: { token: fresh.tokens.viewer } });
    const cookie = signIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const streams = [await watch(fresh, { authorization }), await watch(fresh, { cookie })];
    const other = await watch(fresh, { authorization: `Bearer ${fresh.tokens.analyst}` });
    expect(fresh.watchers()).toBe(3);

    const answer = await disable(fresh, "viewer");
    expect(await answer.json()).toMatchObject({ name: "viewer", role: "viewer", disabled: true });
    fresh.publish(SUMMARY);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(streams.map(({ text }) => text()).join("")).not.toContain(SUMMARY.id);
    expect((await fresh.call("GET", "/overview", { as: "viewer" })).status).toBe(401);
    expect((await fresh.call("GET", "/overview", { headers: { cookie } })).status).toBe(401);
    await expect.poll(() => fresh.watchers()).toBe(1);
    await expect.poll(other.text).toContain(SUMMARY.id);
    expect(fresh.audits.at(-1)).toMatchObject({
      type: "user.changed",
      target: "viewer",
      outcome: "success",
      detail: { disabled: true },
    });

    expect((await disable(fresh, "viewer", false)).status).toBe(200);
    expect((await fresh.call("GET", "/overview", { as: "viewer" })).status).toBe(200);
    // What a session may do ended with it.
    expect((await fresh.call("GET", "/overview", { headers: { cookie } })).status).toBe(401);
  });

  test("is shown with whether it is disabled, and the last administrator never is", async () => {
    await using fresh = await startApi();
    const Users = z.object({ users: z.array(z.object({ name: z.string(), disabled: z.boolean() })) });
    expect((await disable(fresh, "nobody")).status).toBe(404);
    expect((await problemOf(await disable(fresh, "administrator"))).code).toBe("conflict");
    await fresh.call("POST", "/users", { as: "administrator", body: { name: "second", role: "administrator" } });
    expect((await disable(fresh, "second")).status).toBe(200);
    expect((await problemOf(await disable(fresh, "administrator"))).code).toBe("conflict");
    const { users } = Users.parse(await (await fresh.call("GET", "/settings", { as: "administrator" })).json());
    expect(users.filter(({ disabled }) => disabled).map(({ name }) => name)).toEqual(["second"]);
    await disable(fresh, "second", false);
    expect((await disable(fresh, "administrator")).status).toBe(200);
    expect((await fresh.call("GET", "/overview", { as: "administrator" })).status).toBe(401);
  });

  test("who signs out ends the streams of that session", async () => {
    await using fresh = await startApi();
    const signIn = await fresh.call("POST", "/session", { body: { token: fresh.tokens.viewer } });
    const cookie = signIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const { csrf } = z.object({ csrf: z.string() }).parse(await signIn.json());
    const stream = await watch(fresh, { cookie });
    const byToken = await watch(fresh, { authorization: `Bearer ${fresh.tokens.viewer}` });
    await fresh.call("DELETE", "/session", { headers: { cookie, "x-parapet-csrf": csrf } });
    await stream.ended;
    fresh.publish(SUMMARY);
    await expect.poll(byToken.text).toContain(SUMMARY.id);
  });
});

test("the live stream needs a token, sends what is published, and forgets a watcher that leaves", async () => {
  expect((await api.call("GET", "/exchanges/live")).status).toBe(401);
  const leaving = new AbortController();
  const response = await fetch(`${api.url}/exchanges/live`, {
    headers: { authorization: `Bearer ${api.tokens.viewer}` },
    signal: leaving.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  await reader?.read();
  api.publish(SUMMARY);
  const { value = "" } = (await reader?.read()) ?? {};
  expect(value).toMatch(/^event: exchange\ndata: /);
  expect(ExchangeSummary.parse(JSON.parse(/data: (.*)/.exec(value)?.[1] ?? ""))).toEqual(SUMMARY);
  leaving.abort();
  await expect.poll(() => api.watchers()).toBe(0);
});

describe("rules", () => {
  test("are listed with their state, and one is shown with its tests and what stands on it", async () => {
    const list = RulesResponse.parse(await (await api.call("GET", "/rules", { as: "viewer" })).json());
    expect(list.items.map(({ key, kind, state }) => [key, kind, state])).toEqual([
      ["blocked", "rule", "serving"],
      ["blocked-often", "correlation", "active"],
    ]);
    const rule = RuleDetail.parse(await (await api.call("GET", "/rules/blocked", { as: "viewer" })).json());
    expect(rule).toMatchObject({ usedBy: ["blocked-often"], results: [{ name: "one", passed: true }] });
    expect(rule.text).toContain("title: Blocked");
    expect((await api.call("GET", "/rules/none", { as: "viewer" })).status).toBe(404);
  });

  test.each([
    [{}, "one of them"],
    [{ where: "a=b", rule: "blocked" }, "one of them"],
    [{ where: "a like b" }, "column 3"],
    [{ rule: "blocked-often" }, "back-test"],
    [{ rule: "none" }, "no rule"],
    [{ where: "a=b", since: "1h", until: "2h" }, "after since"],
    [{ where: "a=b", by: "a.b.c.d.e.f.g.h" }, "dots"],
  ])("hunting by %j is refused with the reason", async (body, reason) => {
    const problem = await problemOf(await api.call("POST", "/hunt", { as: "analyst", body }));
    expect([problem.status, problem.title]).toEqual([400, expect.stringContaining(reason)]);
  });

  test("hunting and back-testing answer without events too", async () => {
    const hunt = await api.call("POST", "/hunt", { as: "analyst", body: { where: "source=okta", by: "kind" } });
    expect(await hunt.json()).toMatchObject({ items: [], total: 0, by: [] });
    for (const key of ["blocked", "blocked-often"]) {
      const answer = await api.call("POST", `/rules/${key}/backtest`, { as: "analyst", body: { since: "1d" } });
      expect(await answer.json()).toMatchObject({ hits: 0, samples: [], complete: true });
    }
  });
});
