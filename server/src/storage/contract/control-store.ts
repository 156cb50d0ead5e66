import { FindingId, KeyId, TenantId, type Finding } from "@parapet/model";
import { afterEach, describe, expect, test } from "vitest";
import type { ControlStore, StoredKey } from "../control-store.ts";
import { describeApprovals } from "./approvals.ts";

export interface ControlStorePlace {
  /** Opens the store; called again after a close it finds what was there. */
  open(): Promise<ControlStore>;
  dispose(): Promise<void>;
}

const tenant = TenantId.parse("default");
const other = TenantId.parse("other");
const id = (index: number): string => `01990000-0000-7000-8000-${String(index).padStart(12, "0")}`;

const key = (index: number): StoredKey => ({
  id: KeyId.parse(id(index)),
  tenant,
  name: `key ${String(index)}`,
  prefix: "pk_abc",
  routes: ["assistant"],
  models: ["gpt-*"],
  addresses: [],
  trustIdentityHeaders: false,
  createdAt: "2026-01-01T00:00:00.000Z",
  secretHash: "ab".repeat(32),
});

const finding = (index: number, change: Partial<Finding> = {}): Finding => ({
  id: FindingId.parse(id(index)),
  rule: "rule-a",
  title: "A title",
  description: "What happened",
  severity: "high",
  status: "new",
  groupKey: `group ${String(index)}`,
  firstSeen: "2026-01-01T00:00:00.000Z",
  lastSeen: `2026-01-01T00:00:${String(index % 60).padStart(2, "0")}.000Z`,
  count: 1,
  score: 0,
  scoreParts: [],
  exchanges: [],
  events: [],
  sources: [],
  entities: { principal: "user:o'hara" },
  tags: [],
  triage: "Look at it",
  history: [],
  ...change,
});

/** What every control store must do. */
export const describeControlStore = (name: string, makePlace: () => Promise<ControlStorePlace>): void => {
  describe(`${name} keeps the contract of ControlStore`, () => {
    const places: ControlStorePlace[] = [];
    const place = async (): Promise<ControlStorePlace> => {
      const made = await makePlace();
      places.push(made);
      return made;
    };
    afterEach(async () => {
      for (const made of places.splice(0)) await made.dispose();
    });

    describeApprovals(async () => (await place()).open());

    test("keys come back whole, are replaced by id, and stay with their tenant", async () => {
      const at = await place();
      const store = await at.open();
      await store.putKey(key(1));
      await store.putKey({ ...key(2), requestsPerMinute: 60, agent: "planner" });
      await store.putKey({ ...key(1), revokedAt: "2026-02-01T00:00:00.000Z" });
      expect(await store.listKeys(other)).toEqual([]);
      await store.close();
      const again = await at.open();
      expect(await again.listKeys(tenant)).toEqual([
        { ...key(1), revokedAt: "2026-02-01T00:00:00.000Z" },
        { ...key(2), requestsPerMinute: 60, agent: "planner" },
      ]);
      await again.close();
    });

    test("a user is found by the token's hash, until the token is changed", async () => {
      const store = await (await place()).open();
      const user = {
        name: "ada",
        tenant,
        role: "analyst" as const,
        tokenHash: "h1",
        createdAt: "2026-01-01T00:00:00.000Z",
        disabled: false,
      };
      await store.putUser(user);
      expect(await store.findUserByTokenHash("h1")).toEqual(user);
      await store.putUser({ ...user, tokenHash: "h2", disabled: true });
      expect(await store.findUserByTokenHash("h1")).toBeUndefined();
      expect(await store.listUsers(tenant)).toEqual([{ ...user, tokenHash: "h2", disabled: true }]);
      expect(await store.listUsers(other)).toEqual([]);
      await store.close();
    });

    test("whoever is disabled loses the sessions, and one administrator is always left", async () => {
      const store = await (await place()).open();
      const made = (name: string, role: "administrator" | "viewer", tenantOf = tenant) => ({
        name,
        tenant: tenantOf,
        role,
        tokenHash: `hash of ${name}`,
        createdAt: "2026-01-01T00:00:00.000Z",
        disabled: false,
      });
      const [ada, bob] = [made("ada", "administrator"), made("bob", "administrator")];
      for (const user of [ada, bob, made("eve", "viewer"), made("zoe", "administrator", other)])
        await store.putUser(user);
      const sessionOf = (user: string) => ({
        idHash: `of ${user}`,
        user,
        csrf: "c",
        expiresAt: "2999-01-01T00:00:00.000Z",
      });
      for (const user of [ada, bob]) await store.putSession(sessionOf(user.tokenHash));

      expect(await store.setUserDisabled(tenant, "nobody", true)).toBeUndefined();
      expect(await store.setUserDisabled(tenant, "zoe", true)).toBeUndefined();
      // Both at once: one of them has to stay.
      expect(
        await Promise.all([store.setUserDisabled(tenant, "ada", true), store.setUserDisabled(tenant, "bob", true)]),
      ).toEqual([{ ...ada, disabled: true }, "last"]);
      expect(await store.getSession("of hash of ada")).toBeUndefined();
      expect(await store.getSession("of hash of bob")).toEqual(sessionOf("hash of bob"));
      expect(await store.setUserDisabled(tenant, "eve", true)).toMatchObject({ disabled: true });
      expect(await store.setUserDisabled(tenant, "bob", false)).toEqual(bob);
      expect(await store.setUserDisabled(tenant, "ada", false)).toEqual(ada);
      expect(await store.setUserDisabled(tenant, "bob", true)).toMatchObject({ disabled: true });
      expect((await store.listUsers(tenant)).map(({ name, disabled }) => [name, disabled])).toEqual([
        ["ada", false],
        ["bob", true],
        ["eve", true],
      ]);
      await store.close();
    });

    test("a session is there until it is deleted", async () => {
      const store = await (await place()).open();
      const session = { idHash: "s1", user: "ada", csrf: "c", expiresAt: "2999-01-01T00:00:00.000Z" };
      await store.putSession(session);
      expect(await store.getSession("s1")).toEqual(session);
      await store.deleteSession("s1");
      expect(await store.getSession("s1")).toBeUndefined();
      await store.close();
    });

    test("findings page newest first, without gaps or repeats, also where times are equal", async () => {
      const store = await (await place()).open();
      for (let index = 0; index < 130; index += 1) await store.putFinding(tenant, finding(index));
      await store.putFinding(other, finding(999));
      const seen: Finding[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listFindings(tenant, { limit: 17, cursor });
        expect(page.items.length).toBeLessThanOrEqual(17);
        seen.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined);
      const expected = Array.from({ length: 130 }, (_, index) => finding(index))
        .sort((a, b) => (b.lastSeen + b.id < a.lastSeen + a.id ? -1 : 1))
        .map((item) => item.id);
      expect(seen.map((item) => item.id)).toEqual(expected);
      await expect(store.listFindings(tenant, { limit: 5, cursor: "made up" })).rejects.toThrow("cursor");
      await store.close();
    });

    test("findings that are put together are all there, over those of the same ids", async () => {
      const store = await (await place()).open();
      await store.putFinding(tenant, finding(1));
      await store.putFindings(tenant, [finding(1, { count: 7 }), finding(2), finding(3)]);
      await store.putFindings(tenant, []);
      const { items } = await store.listFindings(tenant, { limit: 10 });
      expect(items.map(({ id, count }) => [id, count])).toEqual(
        [3, 2, 1].map((at) => [finding(at).id, at === 1 ? 7 : finding(at).count]),
      );
      await store.close();
    });

    test("what somebody decided about a finding since it was read is kept, and what was seen since is added", async () => {
      const store = await (await place()).open();
      const entry = (actor: string, change: string) => ({ time: "2026-01-02T00:00:00.000Z", actor, change });
      const read = finding(1, { history: [entry("system", "created")] });
      await store.putFinding(tenant, read);
      const seen = {
        ...read,
        severity: "critical" as const,
        count: 2,
        lastSeen: "2026-01-03T00:00:00.000Z",
        events: ["e2"],
        history: [...read.history, entry("system", "severity high → critical")],
      };
      const decide = (stored: Finding): Finding => ({
        ...stored,
        status: "false_positive",
        owner: "ada",
        history: [...stored.history, entry("ada", "status new → false_positive")],
      });
      expect(await store.changeFinding(tenant, read.id, decide)).toEqual(decide(read));
      const expected = {
        ...seen,
        status: "false_positive",
        owner: "ada",
        history: [
          ...read.history,
          entry("ada", "status new → false_positive"),
          entry("system", "severity high → critical"),
        ],
      };
      // Twice, as a drain that died stores again what it had counted.
      for (const put of [() => store.putFindings(tenant, [seen]), () => store.putFinding(tenant, seen)]) {
        await put();
        expect(await store.getFinding(tenant, read.id)).toEqual(expected);
      }
      expect((await store.listFindings(tenant, { limit: 5, status: "new" })).items).toEqual([]);
      // What is made of the stored one stands as it is, an opening again too.
      await store.putFinding(tenant, { ...decide(read), ...expected, status: "triaged" });
      expect((await store.getFinding(tenant, read.id))?.status).toBe("triaged");
      await store.close();
    });

    test("an erased name does not come back with what was counted on before", async () => {
      const store = await (await place()).open();
      await store.putFinding(tenant, finding(1, { title: "of ada", groupKey: "ada" }));
      await store.changeFinding(tenant, id(1), (stored) => ({ ...stored, title: "of erased", groupKey: "erased" }));
      await store.putFinding(tenant, finding(1, { title: "of ada", groupKey: "ada", count: 2 }));
      expect(await store.getFinding(tenant, id(1))).toMatchObject({ title: "of erased", groupKey: "erased", count: 2 });
      // A title may name somebody who is not in the group.
      await store.putFinding(tenant, finding(2, { title: "of ada" }));
      await store.changeFinding(tenant, id(2), (stored) => ({ ...stored, title: "of erased" }));
      await store.putFinding(tenant, finding(2, { title: "of ada", count: 2 }));
      expect(await store.getFinding(tenant, id(2))).toMatchObject({ title: "of erased", count: 2 });
      await store.close();
    });

    test("no decision is made on a finding that is not there, or by one that is refused", async () => {
      const store = await (await place()).open();
      await store.putFinding(tenant, finding(1));
      expect(await store.changeFinding(tenant, id(2), (stored) => stored)).toBeUndefined();
      expect(await store.changeFinding(other, id(1), (stored) => stored)).toBeUndefined();
      expect(await store.changeFinding(tenant, id(1), () => undefined)).toBeUndefined();
      const refuse = (): Finding => {
        throw new Error("refused");
      };
      await expect(store.changeFinding(tenant, id(1), refuse)).rejects.toThrow("refused");
      expect(await store.getFinding(tenant, id(1))).toEqual(finding(1));
      await store.close();
    });

    test("findings are filtered by status, severity, rule and age", async () => {
      const store = await (await place()).open();
      await store.putFinding(tenant, finding(1));
      await store.putFinding(tenant, finding(2, { status: "resolved" }));
      await store.putFinding(tenant, finding(3, { severity: "low" }));
      await store.putFinding(tenant, finding(4, { rule: "rule-b" }));
      await store.putFinding(tenant, finding(5, { lastSeen: "2026-03-01T00:00:00.000Z" }));
      const ids = async (filter: object): Promise<readonly string[]> =>
        (await store.listFindings(tenant, { limit: 50, ...filter })).items.map((item) => item.id.slice(-1));
      expect(await ids({})).toEqual(["5", "4", "3", "2", "1"]);
      expect(await ids({ status: "resolved" })).toEqual(["2"]);
      expect(await ids({ severity: "low" })).toEqual(["3"]);
      expect(await ids({ rule: "rule-b" })).toEqual(["4"]);
      expect(await ids({ sinceMs: Date.UTC(2026, 1, 1) })).toEqual(["5"]);
      expect(await ids({ rule: "x' OR '1'='1" })).toEqual([]);
      await store.close();
    });

    test("a finding takes up what comes again for its rule and group until it is resolved", async () => {
      const store = await (await place()).open();
      await store.putFinding(tenant, finding(1, { status: "in_progress" }));
      expect((await store.findFindingOf(tenant, "rule-a", "group 1"))?.id).toBe(finding(1).id);
      expect(await store.findFindingOf(other, "rule-a", "group 1")).toBeUndefined();
      expect(await store.countOpenFindings(tenant)).toBe(1);
      await store.putFinding(tenant, finding(1, { status: "false_positive", count: 4 }));
      expect((await store.findFindingOf(tenant, "rule-a", "group 1"))?.status).toBe("false_positive");
      expect(await store.countOpenFindings(tenant)).toBe(0);
      expect(await store.getFinding(tenant, id(1))).toEqual(finding(1, { status: "false_positive", count: 4 }));
      expect(await store.getFinding(other, id(1))).toBeUndefined();
      await store.putFinding(tenant, finding(1, { status: "resolved" }));
      expect(await store.findFindingOf(tenant, "rule-a", "group 1")).toBeUndefined();
      await store.close();
    });

    test("the queue has the open findings, highest score first", async () => {
      const store = await (await place()).open();
      await store.putFinding(tenant, finding(1, { score: 20 }));
      await store.putFinding(tenant, finding(2, { score: 90 }));
      await store.putFinding(tenant, finding(3, { score: 90, status: "triaged" }));
      await store.putFinding(tenant, finding(4, { score: 99, status: "accepted" }));
      await store.putFinding(other, finding(5, { score: 99 }));
      const queued = async (limit: number) => (await store.queueFindings(tenant, limit)).map((one) => one.id);
      expect(await queued(10)).toEqual([id(3), id(2), id(1)]);
      expect(await queued(1)).toEqual([id(3)]);
      await store.putFinding(tenant, finding(3, { score: 5 }));
      expect(await queued(10)).toEqual([id(2), id(1), id(3)]);
      await store.close();
    });

    test("new findings are counted by when they began, without what exceptions accepted", async () => {
      const store = await (await place()).open();
      await store.putFinding(tenant, finding(1));
      await store.putFinding(tenant, finding(2, { firstSeen: "2025-12-01T00:00:00.000Z" }));
      await store.putFinding(tenant, finding(3, { status: "accepted", exception: id(9) }));
      await store.putFinding(other, finding(4));
      const since = Date.parse("2025-12-31T00:00:00.000Z");
      expect(await store.countNewFindings(tenant, since)).toBe(1);
      expect(await store.judgedFindings(tenant, since)).toHaveLength(3);
      expect((await store.judgedFindings(tenant, since)).filter((one) => one.exception === id(9))).toHaveLength(1);
      await store.close();
    });

    test("exceptions are kept until they expire or are taken back", async () => {
      const store = await (await place()).open();
      const exception = (index: number, expiresAt: string) => ({
        id: id(index),
        rule: "rule-a",
        where: { principal: "user:o'hara" },
        reason: "known",
        owner: "ada",
        createdAt: "2026-01-01T00:00:00.000Z",
        createdBy: "ada",
        expiresAt,
      });
      await store.putException(tenant, exception(1, "2026-03-01T00:00:00.000Z"));
      await store.putException(tenant, exception(2, "2026-02-01T00:00:00.000Z"));
      const at = Date.parse("2026-01-15T00:00:00.000Z");
      expect((await store.listExceptions(tenant, at)).map((one) => one.id)).toEqual([id(2), id(1)]);
      expect((await store.listExceptions(tenant, Date.parse("2026-02-15T00:00:00.000Z"))).map((one) => one.id)).toEqual(
        [id(1)],
      );
      expect(await store.listExceptions(other, at)).toEqual([]);
      expect(await store.deleteException(other, id(1))).toBe(false);
      expect(await store.deleteException(tenant, id(1))).toBe(true);
      expect((await store.listExceptions(tenant, at)).map((one) => one.id)).toEqual([id(2)]);
      await store.close();
    });

    test("links are added once, and only their times widen", async () => {
      const store = await (await place()).open();
      const link = { one: "agent:a", other: "pod:n/p", rule: "r", confidence: 0.9 };
      const at = (minute: number): string => `2026-01-01T00:0${minute}:00.000Z`;
      await store.putLinks(tenant, [
        { ...link, firstSeen: at(3), lastSeen: at(3) },
        { ...link, other: "pod:n/q", firstSeen: at(1), lastSeen: at(1) },
      ]);
      await store.putLinks(tenant, [{ ...link, firstSeen: at(2), lastSeen: at(2) }]);
      await store.putLinks(other, [{ ...link, firstSeen: at(5), lastSeen: at(5) }]);
      expect(await store.listLinks(tenant, 10)).toEqual([
        { ...link, firstSeen: at(2), lastSeen: at(3) },
        { ...link, other: "pod:n/q", firstSeen: at(1), lastSeen: at(1) },
      ]);
      expect(await store.listLinks(tenant, 1)).toHaveLength(1);
      expect(await store.deleteLinks(tenant, { seenBefore: at(2) })).toBe(1);
      expect(await store.deleteLinks(tenant, { name: "pod:n/p" })).toBe(1);
      expect(await store.listLinks(tenant, 10)).toEqual([]);
      expect(await store.listLinks(other, 10)).toHaveLength(1);
      await store.close();
    });

    test("mode overlays and credentials are replaced by name", async () => {
      const store = await (await place()).open();
      const time = "2026-01-01T00:00:00.000Z";
      await store.putModeOverlay(tenant, "assistant", "enforce", "user:ada", time);
      await store.putModeOverlay(tenant, "assistant", "observe", "user:ada", time);
      expect(await store.listModeOverlays(tenant)).toEqual([
        { route: "assistant", mode: "observe", actor: "user:ada", time },
      ]);
      expect(await store.listModeOverlays(other)).toEqual([]);
      await store.putCredential(tenant, "openai", "sealed 1", time);
      await store.putCredential(tenant, "openai", "sealed 2", time);
      expect(await store.listCredentials(tenant)).toEqual([{ name: "openai", updatedAt: time }]);
      expect(await store.getCredential(tenant, "openai")).toBe("sealed 2");
      expect(await store.getCredential(other, "openai")).toBeUndefined();
      await store.close();
    });

    test("a subject's key is never replaced, and once deleted it is gone", async () => {
      const at = await place();
      const store = await at.open();
      const subject = { tenant, subjectHash: "s", wrapped: "w1", createdAt: "2026-01-01T00:00:00.000Z" };
      await store.addSubjectKeys([subject]);
      await store.addSubjectKeys([
        { ...subject, subjectHash: "s2" },
        { ...subject, wrapped: "w2" },
      ]);
      expect((await store.getSubjectKey(tenant, "s2"))?.wrapped).toBe("w1");
      expect(await store.getSubjectKey(tenant, "s")).toEqual(subject);
      expect(await store.getSubjectKey(other, "s")).toBeUndefined();
      expect(await store.deleteSubjectKey(tenant, "s")).toBe(true);
      expect(await store.deleteSubjectKey(tenant, "s")).toBe(false);
      await store.close();
      const again = await at.open();
      expect(await again.getSubjectKey(tenant, "s")).toBeUndefined();
      await again.close();
    });

    test("open exchanges are listed by node and change together", async () => {
      const at = await place();
      const store = await at.open();
      const open = (exchange: string, node: string) => ({ tenant, exchange, node, boot: "b", opened: "{}" });
      await store.changeOpenExchanges([open("e1", "n1"), open("e2", "n1"), open("e3", "n2")], []);
      await store.changeOpenExchanges([open("e4", "n1")], ["e1", "unknown"]);
      await store.close();
      const again = await at.open();
      expect(await again.openExchanges("n1")).toEqual([open("e2", "n1"), open("e4", "n1")]);
      expect(await again.openExchanges("n3")).toEqual([]);
      await again.close();
    });

    test("dead letters are kept newest first up to a bound, once each, and are listed, counted and deleted by feed", async () => {
      const at = await place();
      const store = await at.open();
      const letter = (minute: number, feed = "f") => ({
        tenant,
        feed,
        id: `00000000-0000-8000-8000-${String(minute).padStart(12, "0")}`,
        time: `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z`,
        reason: `r${minute}`,
        sealed: "s",
        bytes: 5,
        replay: "decode" as const,
      });
      expect(
        await store.putDeadLetters(
          [1, 2, 3, 4].map((minute) => letter(minute)),
          3,
        ),
      ).toBe(1);
      expect(
        await store.putDeadLetters([{ ...letter(2), time: letter(9).time, reason: "again" }, letter(5, "g")], 3),
      ).toBe(0);
      await store.close();
      const again = await at.open();
      const first = await again.listDeadLetters(tenant, "f", { limit: 2 });
      expect(first.items.map(({ reason }) => reason)).toEqual(["again", "r4"]);
      const rest = await again.listDeadLetters(tenant, "f", { limit: 2, cursor: first.next });
      expect(rest).toEqual({ items: [letter(3)] });
      expect(await again.countDeadLetters(tenant, "f")).toBe(3);
      expect(await again.countDeadLetters(other, "f")).toBe(0);
      expect(await again.deleteDeadLetters(tenant, "f", [letter(3).id, "unknown"])).toBe(1);
      expect(await again.deleteDeadLetters(tenant, "f")).toBe(2);
      await again.forgetDeadLetters(letter(6).time);
      expect(await again.countDeadLetters(tenant, "g")).toBe(0);
      await again.close();
    });

    test("what a feed remembers is there after a restart, by name, and an empty value forgets", async () => {
      const at = await place();
      const store = await at.open();
      await store.putFeedState(tenant, "f", "file:/a", "1");
      await store.putFeedState(tenant, "f", "file:/b", "2");
      await store.putFeedState(tenant, "f", "health", "{}");
      await store.putFeedState(tenant, "f", "file:/a", "3");
      await store.putFeedState(tenant, "f", "file:/b", "");
      await store.close();
      const again = await at.open();
      expect(await again.getFeedState(tenant, "f", "health")).toBe("{}");
      expect(await again.getFeedState(other, "f", "health")).toBeUndefined();
      expect(await again.listFeedStates(tenant, "f", "file:")).toEqual([{ name: "file:/a", value: "3" }]);
      await again.close();
    });

    test("notes are replaced by kind and id, listed newest first, and go by id, age or subject", async () => {
      const at = await place();
      const store = await at.open();
      const note = (kind: string, name: string, day: number, subject = "") => ({
        kind,
        id: name,
        subject,
        time: `2026-01-${String(day).padStart(2, "0")}T00:00:00.000Z`,
        data: { name, day },
      });
      await store.putNotes(tenant, [note("anomaly", "a", 1, "principal user:ada"), note("anomaly", "b", 2)]);
      await store.putNotes(tenant, [note("anomaly", "a", 3, "principal user:ada"), note("baseline", "a", 1)]);
      await store.putNotes(other, [note("anomaly", "x", 1, "principal user:ada")]);
      await store.close();
      const again = await at.open();
      expect(await again.listNotes(tenant, "anomaly")).toEqual([
        note("anomaly", "a", 3, "principal user:ada"),
        note("anomaly", "b", 2),
      ]);
      expect((await again.listNotes(tenant, "anomaly", { ids: ["b", "none"] })).map(({ id: name }) => name)).toEqual([
        "b",
      ]);
      expect((await again.listNotes(tenant, "anomaly", { since: "2026-01-03T00:00:00.000Z" })).length).toBe(1);
      expect((await again.listNotes(tenant, "anomaly", { subject: "principal user:ada", limit: 1 })).length).toBe(1);
      await again.deleteNotes(tenant, { kind: "anomaly", before: "2026-01-03T00:00:00.000Z" });
      expect((await again.listNotes(tenant, "anomaly")).map(({ id: name }) => name)).toEqual(["a"]);
      await again.deleteNotes(tenant, { subject: "principal user:ada" });
      expect(await again.listNotes(tenant, "anomaly")).toEqual([]);
      await again.deleteNotes(tenant, { kind: "baseline", ids: ["a"] });
      expect(await again.listNotes(tenant, "baseline")).toEqual([]);
      expect((await again.listNotes(other, "anomaly")).length).toBe(1);
      await again.close();
    });
  });
};
