import { DEFAULT_TENANT } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { grace, heldCall, KEY, openDesk, type TestDesk } from "./approvals.fixture.ts";
import { answerGate, createRemoteGate } from "./remote.ts";

/** A gate on another machine: everything goes over the wire as text. */
const remoteOf = ({ desk }: TestDesk) =>
  createRemoteGate({
    key: KEY,
    addressOf: ({ id }) => `https://parapet.example/approvals/${id}`,
    post: async (question) => JSON.parse(JSON.stringify(await answerGate(desk.gate, JSON.parse(question)))),
  });

describe("a gateway on a machine of its own", () => {
  test("asks its monitor, waits there, gets the response that waited and uses the approval up", async () => {
    await using at = openDesk();
    const gate = remoteOf(at);
    const held = heldCall();
    const asked = await gate.ask(held);
    if (asked.kind !== "waits") throw new Error(asked.kind);
    const [approval] = asked.approvals;
    expect(gate.requests().has(held.requestDigest)).toBe(true);
    expect((await gate.waiting(DEFAULT_TENANT, held.requestDigest))?.kind).toBe("waits");
    const settled = gate.settled(asked.approvals, { timeoutMs: 60_000 });
    await at.desk.decide(DEFAULT_TENANT, approval?.id ?? "", grace, { decision: "approve" });
    await settled;
    expect(await gate.waiting(DEFAULT_TENANT, held.requestDigest)).toEqual({ kind: "approved", answer: held.answer });
    expect(await gate.ask(heldCall())).toEqual({ kind: "passes", approvals: [approval?.id] });
    expect(await gate.waiting(DEFAULT_TENANT, held.requestDigest)).toBeUndefined();
    gate.refresh([]);
    expect(gate.requests().size).toBe(0);
  });

  test("lets nothing pass when the monitor cannot be asked, and is refused questions that are none", async () => {
    await using at = openDesk();
    const cut = createRemoteGate({ ...remoteOf(at), post: () => Promise.reject(new Error("away")) });
    await expect(cut.ask(heldCall())).rejects.toThrow("away");
    await cut.settled([{ id: "x" }], { timeoutMs: 10, signal: AbortSignal.abort() });
    await expect(answerGate(at.desk.gate, { ask: "everything" })).rejects.toThrow("ask");
    const odd = createRemoteGate({ ...remoteOf(at), post: async () => ({ kind: "passes" }) });
    await expect(odd.ask(heldCall())).rejects.toThrow("approvals");
  });
});
