import { DEFAULT_TENANT } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { grace, heldCall, KEY, openDesk, originOf, type TestDesk } from "./approvals.fixture.ts";
import { newApproval } from "./changes.ts";
import { callDigest } from "./digest.ts";
import type { HeldExchange } from "./held.ts";
import { readLink, signLink } from "./links.ts";
import { mayDecide } from "./may-decide.ts";

const waitingId = async ({ desk }: TestDesk, held: HeldExchange): Promise<string> => {
  const asked = await desk.gate.ask(held);
  if (asked.kind !== "waits") throw new Error(asked.kind);
  return asked.approvals[0]?.id ?? "";
};
const decide = (at: TestDesk, id: string, decision: "approve" | "deny", reason?: string) =>
  at.desk.decide(DEFAULT_TENANT, id, grace, { decision, ...(reason !== undefined && { reason }) });
const steps = ({ deeds }: TestDesk): string[] => deeds.map(({ type, outcome }) => `${type} ${outcome}`);

describe("an approval", () => {
  test("lets the very call pass once, whoever asks first, and each step is evidence", async () => {
    await using at = openDesk();
    const id = await waitingId(at, heldCall());
    expect(at.requested.map((one) => one.id)).toEqual([id]);
    await decide(at, id, "approve", "It is due.");
    const both = await Promise.all([at.desk.gate.ask(heldCall()), at.desk.gate.ask(heldCall('{ "amount": 5.0 }'))]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["passes", "waits"]);
    expect(steps(at).slice(0, 3)).toEqual([
      "approval.requested success",
      "approval.approved success",
      "approval.used success",
    ]);
    expect(at.deeds[1]?.detail).toMatchObject({ requester: "user:ada", approver: "user:grace", reason: "It is due." });
    expect(JSON.stringify(at.deeds)).not.toContain("amount");
  });

  test.each<[string, HeldExchange]>([
    ["other arguments", heldCall('{"amount":6}')],
    ["another session", heldCall(undefined, { session: "s-2" })],
    ["another agent", heldCall(undefined, { agent: "buyer" })],
    ["another user", heldCall(undefined, { user: "eve", principal: "user:eve" })],
    ["another key", heldCall(undefined, { key: "01990000-0000-7000-8000-000000000009" })],
    ["other policies", heldCall(undefined, {}, "v2")],
  ])("does not let pass a call with %s", async (_name, held) => {
    await using at = openDesk();
    const id = await waitingId(at, heldCall());
    await decide(at, id, "approve");
    expect((await at.desk.gate.ask(held)).kind).toBe("waits");
  });

  test("that nobody gives in time is a denial, and one that is not used in time lapses", async () => {
    await using at = openDesk();
    const id = await waitingId(at, heldCall());
    at.clock.advance(60_000);
    await expect(decide(at, id, "approve")).rejects.toMatchObject({ code: "conflict" });
    await at.desk.expire();
    expect((await at.control.getApproval(DEFAULT_TENANT, id))?.approval.state).toBe("expired");
    const next = await waitingId(at, heldCall());
    expect(next).not.toBe(id);
    await decide(at, next, "approve");
    at.clock.advance(120_000);
    expect((await at.desk.gate.ask(heldCall())).kind).toBe("waits");
    await at.desk.expire();
    expect(steps(at).filter((one) => one.startsWith("approval.expired"))).toHaveLength(2);
  });

  test("that is denied stays so for the same call, with the reason", async () => {
    await using at = openDesk();
    await decide(at, await waitingId(at, heldCall()), "deny", "Not ours.");
    const asked = await at.desk.gate.ask(heldCall());
    expect(asked).toMatchObject({ kind: "denied", approvals: [{ reason: "Not ours." }] });
  });

  test("is used by all calls of an answer or by none", async () => {
    await using at = openDesk();
    const [five, six] = [heldCall(), heldCall('{"amount":6}')];
    const both = { ...five, things: [...five.things, ...six.things] };
    const asked = await at.desk.gate.ask(both);
    if (asked.kind !== "waits") throw new Error(asked.kind);
    const [first, second] = asked.approvals.map(({ id }) => id);
    await decide(at, first ?? "", "approve");
    expect((await at.desk.gate.ask(both)).kind).toBe("waits");
    await decide(at, second ?? "", "approve");
    expect(await at.desk.gate.ask(both)).toEqual({ kind: "passes", approvals: [first, second] });
  });

  test("gives out the response that waited when the same request comes again", async () => {
    await using at = openDesk();
    const held = heldCall();
    const id = await waitingId(at, held);
    expect(at.desk.gate.requests().has(held.requestDigest)).toBe(true);
    expect((await at.desk.gate.waiting(DEFAULT_TENANT, held.requestDigest))?.kind).toBe("waits");
    await decide(at, id, "approve");
    expect(await at.desk.gate.waiting(DEFAULT_TENANT, held.requestDigest)).toMatchObject({
      kind: "approved",
      answer: { status: 200, body: Buffer.from('answer with {"amount":5}') },
    });
    await at.desk.gate.ask(held);
    expect(await at.desk.gate.waiting(DEFAULT_TENANT, held.requestDigest)).toBeUndefined();
    const row = await at.control.getApproval(DEFAULT_TENANT, id);
    expect(row?.answer).toBe("");
    expect(JSON.stringify(row)).not.toContain("amount");
  });

  test("is not given when it cannot become evidence", async () => {
    await using at = openDesk();
    const id = await waitingId(at, heldCall());
    at.failing = new Error("the disk is full");
    await expect(decide(at, id, "approve")).rejects.toThrow("the disk is full");
    expect((await at.control.getApproval(DEFAULT_TENANT, id))?.approval.state).toBe("pending");
  });

  test("wakes who waits inside a call, as does its end", async () => {
    await using at = openDesk();
    const id = await waitingId(at, heldCall());
    const decided = at.desk.gate.settled([{ id }], { timeoutMs: 60_000 });
    await decide(at, id, "approve");
    await decided;
    await at.desk.gate.settled([{ id }], { timeoutMs: 60_000, signal: AbortSignal.abort() });
    expect(at.metrics()).toContain('parapet_approvals_total{step="approved"} 1');
  });

  test("is decided also while who waits asks again and again", async () => {
    await using at = openDesk();
    const id = await waitingId(at, heldCall());
    const [decided] = await Promise.all([decide(at, id, "approve"), at.desk.gate.ask(heldCall())]);
    expect(decided.state).toBe("approved");
    expect(steps(at).filter((one) => one.startsWith("approval.approved"))).toEqual(["approval.approved success"]);
    await expect(decide(at, id, "deny")).rejects.toMatchObject({ code: "conflict" });
  });

  test("is shown with what stands in it, seen once by whoever may decide", async () => {
    await using at = openDesk();
    const id = await waitingId(at, heldCall());
    const viewer = await at.desk.show(DEFAULT_TENANT, id, { name: "vic", role: "analyst", isKnown: true });
    expect(viewer).toMatchObject({ mayDecide: false, content: { arguments: '{"amount":5}' } });
    await at.desk.show(DEFAULT_TENANT, id, grace);
    const shown = await at.desk.show(DEFAULT_TENANT, id, grace);
    expect(shown.mayDecide).toBe(true);
    expect(shown.history.map(({ step }) => step)).toEqual(["requested", "seen"]);
  });
});

describe("who may decide", () => {
  const held = heldCall();
  test.each([
    ["an approver", { name: "grace", role: "approver" }, true],
    ["an administrator", { name: "root", role: "administrator" }, true],
    ["an analyst", { name: "grace", role: "analyst" }, false],
    ["the user who asked", { name: "ada", role: "approver" }, false],
    ["the user who asked, written otherwise", { name: "Ａda ", role: "administrator" }, false],
    ["the user's agent", { name: "clerk", role: "approver" }, false],
    ["whoever may open the socket", { name: "cli", role: "administrator", isKnown: false }, false],
  ] as const)("%s: %o is %s", (_name, decider, may) => {
    const [thing] = held.things;
    if (thing === undefined) throw new Error("nothing is held");
    const approval = newApproval(held, thing, { nowMs: 0, waitMs: 1_000, approvers: undefined });
    expect(mayDecide(approval, { isKnown: true, ...decider }).ok).toBe(may);
  });

  test("is narrowed by the agent's declaration", async () => {
    await using at = openDesk(["hedy"]);
    const id = await waitingId(at, heldCall());
    await expect(decide(at, id, "approve")).rejects.toMatchObject({ code: "forbidden" });
    expect(steps(at)).toContain("approval.refused failure");
    await at.desk.decide(DEFAULT_TENANT, id, { ...grace, name: "Hedy" }, { decision: "approve" });
  });
});

describe("what an approval is bound to", () => {
  test("is the same however the arguments are spelled, and never the same for two callers", () => {
    const digest = (text: string, agent: string): string =>
      callDigest(KEY, originOf({ agent }), { server: "", tool: "t", arguments: text }, "v1");
    expect(digest('{"a":1,"b":["x"]}', "clerk")).toBe(digest('{ "b": ["\\u0078"], "a": 1.0 }', "clerk"));
    expect(digest('{"a":1}', "clerk")).not.toBe(digest('{"a":"1"}', "clerk"));
    expect(digest("{}", "clerk")).not.toBe(digest("{}", "buyer"));
  });
});

describe("a signed link", () => {
  const claims = {
    approval: "01990000-0000-7000-8000-000000000001",
    tenant: DEFAULT_TENANT,
    approver: "grace",
    expiresMs: 1_000,
  };
  const token = signLink(KEY, claims);

  test("says what it is for until it is over", () => {
    expect(readLink(KEY, token, 999)).toEqual(claims);
    expect(readLink(KEY, token, 1_000)).toBeUndefined();
  });

  test.each([
    ["another key's", signLink(Buffer.alloc(32, 4), claims)],
    [
      "changed",
      `${Buffer.from(JSON.stringify({ ...claims, approver: "eve" })).toString("base64url")}.${token.split(".")[1]}`,
    ],
    ["cut", token.slice(0, -1)],
    ["with more behind it", `${token}.x`],
    ["empty", ""],
  ])("that is %s is none", (_name, bad) => {
    expect(readLink(KEY, bad, 0)).toBeUndefined();
  });
});
