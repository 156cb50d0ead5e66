import { ExchangeId, TenantId, type TenantApproval } from "@parapet/model";
import { describe, expect, test } from "vitest";
import type { ControlStore, StoredApproval } from "../control-store.ts";

const tenant = TenantId.parse("default");
const other = TenantId.parse("other");
const BOUNDS = { pendingMax: 4, pendingOfOne: 3 };
const at = (minute: number): string => `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z`;
const id = (index: number): string => `01990000-0000-7000-8000-${String(index).padStart(12, "0")}`;

const stored = (
  index: number,
  change: Partial<TenantApproval> = {},
  rest: Partial<StoredApproval> = {},
): StoredApproval => ({
  approval: {
    tenant,
    id: id(index),
    state: "pending",
    what: "tool_call",
    action: "hold",
    createdAt: at(index),
    expiresAt: at(30),
    digest: `digest ${index}`,
    exchange: ExchangeId.parse(id(100 + index)),
    route: "assistant",
    protocol: "openai",
    model: "gpt-test",
    session: "s-1",
    principal: `user:o'hara ${index % 2}`,
    server: "",
    tool: "transfer",
    policy: "transfers",
    severity: "high",
    message: "Ask first",
    policies: ["transfers"],
    policyVersion: "v1",
    risk: 0,
    asked: 1,
    history: [],
    ...change,
  },
  requestDigest: `request ${index}`,
  revision: 0,
  content: "c2VhbGVk",
  answer: "",
  ...rest,
});

/** What every control store must do with approvals. `open`: a store that is empty at first, and closed by whoever gave it. */
export const describeApprovals = (open: () => Promise<ControlStore>): void => {
  describe("of approvals", () => {
    test("one that is alive is answered instead of a second of the same digest, and not once it is over or used", async () => {
      const store = await open();
      const first = stored(1);
      expect(await store.addApproval(first, BOUNDS)).toEqual(first);
      expect(await store.addApproval(stored(2, { digest: "digest 1" }), BOUNDS)).toEqual(first);
      expect(await store.addApproval(stored(3, { digest: "digest 1", tenant: other }), BOUNDS)).toMatchObject({
        approval: { id: id(3) },
      });
      const late = stored(4, { digest: "digest 1", createdAt: at(31), expiresAt: at(59) });
      expect(await store.addApproval(late, BOUNDS)).toEqual(late);
      expect(
        (await store.findApprovals(tenant, { digests: ["digest 1"] }, at(29))).map((one) => one.approval.id),
      ).toEqual([id(1), id(4)]);
      expect(await store.changeApprovals([{ ...late, approval: { ...late.approval, state: "used" } }])).toBe(true);
      expect(await store.findApprovals(tenant, { digests: ["digest 1"] }, at(40))).toEqual([]);
    });

    test("no more wait than may, of all and of one principal, and decided ones make room", async () => {
      const store = await open();
      for (const index of [1, 3, 5]) await store.addApproval(stored(index), BOUNDS);
      expect(await store.addApproval(stored(7), BOUNDS)).toBe("full");
      await store.addApproval(stored(2), BOUNDS);
      expect(await store.addApproval(stored(4), BOUNDS)).toBe("full");
      const decided = stored(5, { state: "denied" });
      expect(await store.changeApprovals([decided])).toBe(true);
      expect(await store.addApproval(stored(7), BOUNDS)).not.toBe("full");
      expect(await store.countApprovals(tenant, "pending")).toBe(4);
    });

    test("a change counts once: whoever comes second with the same revision changes nothing, of all that it names", async () => {
      const store = await open();
      const [one, two] = [stored(1), stored(2)];
      await store.addApproval(one, BOUNDS);
      await store.addApproval(two, BOUNDS);
      const used = { ...one, approval: { ...one.approval, state: "used" as const } };
      expect(await store.changeApprovals([used])).toBe(true);
      const both = [one, two].map((each) => ({ ...each, approval: { ...each.approval, state: "approved" as const } }));
      expect(await store.changeApprovals(both)).toBe(false);
      expect(await store.getApproval(tenant, id(1))).toEqual({ ...used, revision: 1 });
      expect(await store.getApproval(tenant, id(2))).toEqual(two);
      expect(await store.getApproval(other, id(2))).toBeUndefined();
    });

    test("lists are newest first, by state and by page", async () => {
      const store = await open();
      for (const index of [1, 2, 3, 4]) await store.addApproval(stored(index), { pendingMax: 9, pendingOfOne: 9 });
      await store.changeApprovals([stored(3, { state: "denied" })]);
      const page = await store.listApprovals(tenant, { state: "pending", limit: 2 });
      expect(page.items.map((one) => one.id)).toEqual([id(4), id(2)]);
      const rest = await store.listApprovals(tenant, { state: "pending", limit: 2, cursor: page.next });
      expect(rest.items.map((one) => one.id)).toEqual([id(1)]);
      expect(rest.next).toBeUndefined();
      expect((await store.listApprovals(tenant, { limit: 9 })).items.length).toBe(4);
    });

    test("what a request waits for, and what is over, is found", async () => {
      const store = await open();
      await store.addApproval(stored(1, {}, { answer: "YW5zd2Vy" }), BOUNDS);
      await store.addApproval(stored(2, { expiresAt: at(5) }, { requestDigest: "" }), BOUNDS);
      expect(await store.waitingRequests(at(3))).toEqual(["request 1"]);
      expect(await store.waitingRequests(at(30))).toEqual([]);
      expect((await store.findApprovals(tenant, { requestDigest: "request 1" }, at(3)))[0]?.answer).toBe("YW5zd2Vy");
      expect((await store.dueApprovals(at(5), 9)).map((one) => one.approval.id)).toEqual([id(2)]);
      expect((await store.dueApprovals(at(30), 1)).map((one) => one.approval.id)).toEqual([id(2)]);
    });

    test("decided ones go with time, their text first, and all of a principal when it is erased", async () => {
      const store = await open();
      for (const index of [1, 2, 3]) await store.addApproval(stored(index), BOUNDS);
      await store.changeApprovals([stored(1, { state: "used" }), stored(2, { state: "denied" })]);
      await store.retainApprovals(at(2), at(3));
      expect(await store.getApproval(tenant, id(1))).toBeUndefined();
      expect((await store.getApproval(tenant, id(2)))?.content).toBe("");
      expect((await store.getApproval(tenant, id(3)))?.content).toBe("c2VhbGVk");
      expect(await store.forgetApprovals(tenant, "user:o'hara 1")).toBe(1);
      expect(await store.forgetApprovals(tenant, "user:o'hara 1")).toBe(0);
      expect(await store.getApproval(tenant, id(3))).toBeUndefined();
    });
  });
};
