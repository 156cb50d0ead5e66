import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TENANT, TenantId } from "@parapet/model";
import { KeyCreate } from "@parapet/model/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeClock, toTimestamp, type FakeClock } from "#platform";
import { openMemorySharedState, openSqliteControlStore, type ControlStore, type StoredKey } from "#storage";
import { createAuthenticator, type Credentials } from "./authenticator.ts";
import { createKey, publicKey, revokeKey, rotateKey } from "./gateway-keys.ts";
import { allowsModel, createKeyring } from "./keyring.ts";
import { createRateLimits } from "./rate-limits.ts";
import { createUser, ensureAdministrator } from "./users.ts";

const PEPPER = Buffer.alloc(32, 1);
const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const keyOf = (request: Partial<KeyCreate> = {}) =>
  createKey(KeyCreate.parse({ name: "app", ...request }), PEPPER, NOW);
const use = (change: { route?: string; address?: string; nowMs?: number } = {}) => ({
  route: "assistant",
  address: "10.0.0.1",
  nowMs: NOW,
  ...change,
});

describe("gateway keys", () => {
  test("are found by what only their holder knows, which is stored nowhere", () => {
    const { stored, secret } = keyOf();
    expect(secret).toMatch(/^pk_[A-Za-z0-9]{43}$/);
    expect(JSON.stringify(stored)).not.toContain(secret.slice(stored.prefix.length));
    expect(publicKey(stored)).not.toHaveProperty("secretHash");
    const keyring = createKeyring([stored], PEPPER);
    expect(keyring.authenticate(secret, use())).toEqual({ ok: true, key: stored });
    expect(createKeyring([stored], Buffer.alloc(32, 2)).authenticate(secret, use()).ok).toBe(false);
    expect(createKeyring([], PEPPER).guarded).toBe(false);
    expect(keyring.guarded).toBe(true);
  });

  test.each([
    ["no secret", {}, undefined, {}, "unauthorized"],
    ["an empty secret", {}, "", {}, "unauthorized"],
    ["another secret", {}, "pk_other", {}, "unauthorized"],
    ["its expiry", { expiresAt: toTimestamp(NOW + MINUTE) }, "own", { nowMs: NOW + MINUTE }, "unauthorized"],
    ["the moment before it", { expiresAt: toTimestamp(NOW + MINUTE) }, "own", { nowMs: NOW + MINUTE - 1 }, "ok"],
    ["another route", { routes: ["assistant"] }, "own", { route: "other" }, "forbidden"],
    ["its route", { routes: ["other", "assistant"] }, "own", {}, "ok"],
    ["an address outside", { addresses: ["10.1.0.0/16"] }, "own", {}, "forbidden"],
    ["an address inside", { addresses: ["192.168.0.0/24", "10.0.0.0/8"] }, "own", {}, "ok"],
    ["the address itself", { addresses: ["10.0.0.1"] }, "own", {}, "ok"],
    ["a mapped address", { addresses: ["10.0.0.0/8"] }, "own", { address: "::ffff:10.0.0.1" }, "ok"],
    ["an IPv6 address inside", { addresses: ["fd00::/8"] }, "own", { address: "fd12::1" }, "ok"],
    ["an IPv6 address outside", { addresses: ["fd00::/8"] }, "own", { address: "fe80::1" }, "forbidden"],
    ["an IPv6 address with its zone", { addresses: ["fe80::/10"] }, "own", { address: "fe80::1%eth0" }, "ok"],
    ["no address at all", { addresses: ["0.0.0.0/0"] }, "own", { address: "" }, "forbidden"],
    ["a list that cannot be read", { addresses: ["10.0.0.0/99"] }, "own", {}, "forbidden"],
  ] as const)("with %s", (_, request, secret, change, expected) => {
    const made = keyOf({
      ...request,
      routes: [...("routes" in request ? request.routes : [])],
      addresses: [...("addresses" in request ? request.addresses : [])],
    });
    const check = createKeyring([made.stored], PEPPER).authenticate(
      secret === "own" ? made.secret : secret,
      use(change),
    );
    expect(check.ok ? "ok" : check.code).toBe(expected);
  });

  test("that are revoked work no more", () => {
    const { stored, secret } = keyOf();
    const check = createKeyring([revokeKey(stored, NOW)], PEPPER).authenticate(secret, use());
    expect(check).toMatchObject({ ok: false, code: "unauthorized" });
  });

  test.each([
    [[], "anything", true],
    [["gpt-5"], "gpt-5", true],
    [["gpt-5"], "gpt-5-mini", false],
    [["gpt-5*"], "gpt-5-mini", true],
    [["gpt-5*"], "gpt-4", false],
    [["*"], "gpt-4", true],
    [["a", "b*"], "bc", true],
    [["g*t"], "gpt", false],
  ])("for models %j may use %s: %s", (models, model, allowed) => {
    expect(allowsModel(keyOf({ models }).stored, model)).toBe(allowed);
  });

  test("that are rotated leave a successor of the same scope, and work until the overlap ends", () => {
    const old = keyOf({ routes: ["assistant"], models: ["gpt-*"], requestsPerMinute: 5, agent: "bot" });
    const { successor, retired } = rotateKey(old.stored, 60, PEPPER, NOW);
    expect(successor.secret).not.toBe(old.secret);
    expect(successor.stored).toMatchObject({
      routes: ["assistant"],
      models: ["gpt-*"],
      requestsPerMinute: 5,
      agent: "bot",
    });
    expect(successor.stored).not.toHaveProperty("expiresAt");
    expect(retired.rotatedTo).toBe(successor.stored.id);
    const keyring = createKeyring([retired, successor.stored], PEPPER);
    const works = (secret: string, nowMs: number) => keyring.authenticate(secret, use({ nowMs })).ok;
    expect([works(old.secret, NOW + 59_999), works(successor.secret, NOW)]).toEqual([true, true]);
    expect([works(old.secret, NOW + 60_000), works(successor.secret, NOW + 60_000)]).toEqual([false, true]);
  });

  test("that expire before the overlap ends are not prolonged by it", () => {
    const expiresAt = toTimestamp(NOW + 1_000);
    expect(rotateKey(keyOf({ expiresAt }).stored, 60, PEPPER, NOW).retired.expiresAt).toBe(expiresAt);
  });
});

describe("rate limits", () => {
  const limited = (change: Partial<StoredKey>): StoredKey => ({ ...keyOf().stored, ...change });

  test("let so many requests through in a minute, and say when the next begins", async () => {
    const limits = createRateLimits(openMemorySharedState(fakeClock(NOW)));
    const key = limited({ requestsPerMinute: 2 });
    expect([await limits.admit(key, NOW), await limits.admit(key, NOW + 1)]).toEqual([{ ok: true }, { ok: true }]);
    expect(await limits.admit(key, NOW + 20_000)).toEqual({
      ok: false,
      what: "requests per minute",
      retryAfterSeconds: 40,
    });
    expect(await limits.admit(key, NOW + MINUTE)).toEqual({ ok: true });
    expect(await limits.admit(limited({ requestsPerMinute: 2 }), NOW + 20_000)).toEqual({ ok: true });
  });

  test("refuse what follows after the tokens of a minute are spent", async () => {
    const limits = createRateLimits(openMemorySharedState(fakeClock(NOW)));
    const key = limited({ tokensPerMinute: 100 });
    await limits.spend(key, 99, NOW);
    expect((await limits.admit(key, NOW)).ok).toBe(true);
    await limits.spend(key, 500, NOW);
    expect(await limits.admit(key, NOW)).toMatchObject({ ok: false, what: "tokens per minute" });
    expect((await limits.admit(key, NOW + MINUTE)).ok).toBe(true);
  });

  test("do not touch keys without a limit", async () => {
    const limits = createRateLimits(openMemorySharedState(fakeClock(NOW)));
    for (let count = 0; count < 50; count += 1) expect((await limits.admit(limited({}), NOW)).ok).toBe(true);
  });
});

describe("people", () => {
  let directory: string;
  let store: ControlStore;
  let clock: FakeClock;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "parapet-access-"));
    clock = fakeClock(NOW);
    store = openSqliteControlStore(join(directory, "control.db"), clock);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const door = () => createAuthenticator(store, PEPPER, clock);
  const ask = (credentials: Partial<Credentials>) => door().authenticate({ mutating: false, ...credentials });
  const cookieOf = (setCookie: string): string => setCookie.split(";")[0] ?? "";

  test("come in with their token, in the role and tenant they were given", async () => {
    const tenant = TenantId.parse("other");
    const { token, user } = await createUser(store, PEPPER, { name: "eve", role: "analyst" }, NOW, tenant);
    expect(JSON.stringify(user)).not.toContain(token);
    expect(await ask({ authorization: `Bearer ${token}`, mutating: true })).toEqual({
      ok: true,
      user: { name: "eve", role: "analyst", tenant },
    });
  });

  test.each([
    ["", "unauthorized"],
    ["Bearer ", "unauthorized"],
    ["Bearer nobody", "unauthorized"],
    ["Basic eDp5", "unauthorized"],
    [`Bearer ${"x".repeat(201)}`, "unauthorized"],
  ])("do not come in with %j", async (authorization, code) => {
    expect(await ask({ authorization })).toMatchObject({ ok: false, code });
  });

  test("that are disabled lose token and session at once", async () => {
    const { token, user } = await createUser(store, PEPPER, { name: "eve", role: "viewer" }, NOW);
    const session = await door().signIn(token, false);
    await store.putUser({ ...user, disabled: true });
    expect((await ask({ authorization: `Bearer ${token}` })).ok).toBe(false);
    expect((await ask({ cookie: cookieOf(session?.cookie ?? "") })).ok).toBe(false);
    expect(await door().signIn(token, false)).toBeUndefined();
  });

  test("keep a session of their own for half a day, and send its word back with every change", async () => {
    const { token } = await createUser(store, PEPPER, { name: "eve", role: "viewer" }, NOW);
    const signedIn = await door().signIn(token, true);
    const cookie = `theme=dark; ${cookieOf(signedIn?.cookie ?? "")}`;
    const csrf = signedIn?.user.csrf;
    expect(signedIn?.cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/);
    expect(await ask({ cookie })).toMatchObject({ ok: true, user: { name: "eve", csrf } });
    expect(await ask({ cookie, csrf, mutating: true })).toMatchObject({ ok: true });
    expect(await ask({ cookie, mutating: true })).toMatchObject({ ok: false, code: "forbidden" });
    expect(await ask({ cookie, csrf: `${csrf}x`, mutating: true })).toMatchObject({ ok: false, code: "forbidden" });
    clock.advance(12 * 3_600_000);
    expect(await ask({ cookie })).toMatchObject({ ok: false, code: "unauthorized" });
  });

  test("that sign out are out, also with the old cookie", async () => {
    const { token } = await createUser(store, PEPPER, { name: "eve", role: "viewer" }, NOW);
    const cookie = cookieOf((await door().signIn(token, false))?.cookie ?? "");
    expect(await door().signOut(cookie)).toContain("Max-Age=0");
    expect((await ask({ cookie })).ok).toBe(false);
    expect(await door().signOut(undefined)).toContain("Max-Age=0");
  });

  test("whose token is replaced lose the sessions it opened", async () => {
    const first = await createUser(store, PEPPER, { name: "eve", role: "viewer" }, NOW);
    const cookie = cookieOf((await door().signIn(first.token, false))?.cookie ?? "");
    await createUser(store, PEPPER, { name: "eve", role: "viewer" }, NOW);
    expect((await ask({ cookie })).ok).toBe(false);
  });

  test("the first administrator is made once, or has the token that the environment gives", async () => {
    const made = await ensureAdministrator(store, PEPPER, undefined, NOW);
    expect(made).toMatch(/^pt_/);
    expect(await ask({ authorization: `Bearer ${made}` })).toMatchObject({ ok: true, user: { role: "administrator" } });
    expect(await ensureAdministrator(store, PEPPER, "", NOW)).toBeUndefined();
    await expect(ensureAdministrator(store, PEPPER, "fifteen-letters", NOW)).rejects.toThrow();
    expect(await ensureAdministrator(store, PEPPER, "chosen-token-of-length", NOW)).toBeUndefined();
    expect(await ask({ authorization: "Bearer chosen-token-of-length" })).toMatchObject({ ok: true });
    expect((await ask({ authorization: `Bearer ${made}` })).ok).toBe(false);
    expect(await store.listUsers(DEFAULT_TENANT)).toHaveLength(1);
  });
});
