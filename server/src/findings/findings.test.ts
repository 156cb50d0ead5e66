import { type Event, EventId, type Finding, FINDING_STATUSES, FindingId, TenantId } from "@parapet/model";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRule, type Rule } from "#rules";
import { absorbsHits, changeFinding, foldHit, groupKeyOf, isClosed, TRANSITIONS } from "./index.ts";

const readRule = (groupBy: string, level = "high"): Rule => {
  const text = `title: T\nname: r\nlevel: ${level}\nlogsource: {product: ai, service: llm_gateway}\ndetection: {s: {verdict: block}, condition: s}\nparapet: {group-by: ${groupBy}, title: "Blocked: {principal} on {route}"}`;
  const parsed = parseRule(text, "r.yml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.rule;
};
const rule = readRule("[principal, route]");

const eventAt = (minute: number, more: Partial<Event> = {}): Event => {
  const time = `2026-11-21T08:${String(minute).padStart(2, "0")}:00.000Z`;
  return {
    tenant: TenantId.parse("default"),
    id: EventId.parse("01932b00-0000-7000-8000-000000000001"),
    time,
    receivedAt: time,
    source: "gateway",
    kind: "exchange.closed",
    schemaVersion: 1,
    severity: "high",
    exchange: `exchange-${minute}`,
    principal: "user:a",
    route: "assistant",
    body: { verdict: "block" },
    ...more,
  };
};

const occasion = { now: "2026-11-21T09:00:00.000Z", newId: FindingId.parse("01932b00-0000-7000-8000-00000000000a") };
const first = foldHit({ rule, event: eventAt(5) }, undefined, occasion);
const closed = (status: Finding["status"]): Finding => ({ ...first, status });

describe("hits become findings", () => {
  test("the first makes a new finding with the event's values", () => {
    expect(first).toMatchObject({
      rule: "r",
      status: "new",
      severity: "high",
      count: 1,
      title: "Blocked: user:a on assistant",
      entities: { principal: "user:a", route: "assistant" },
      exchanges: ["exchange-5"],
    });
  });

  test("later and late ones widen its times and count", () => {
    const later = foldHit({ rule, event: eventAt(9) }, first, occasion);
    const late = foldHit({ rule, event: eventAt(2) }, later, occasion);
    expect(late).toMatchObject({
      count: 3,
      firstSeen: eventAt(2).time,
      lastSeen: eventAt(9).time,
      exchanges: ["exchange-2", "exchange-9", "exchange-5"],
    });
  });

  test("a higher level raises the severity and says so; a lower one changes nothing", () => {
    const raised = foldHit({ rule: readRule("[principal, route]", "critical"), event: eventAt(6) }, first, occasion);
    expect(raised.severity).toBe("critical");
    expect(raised.history.at(-1)?.change).toBe("severity high → critical");
    expect(foldHit({ rule: readRule("[principal, route]", "low"), event: eventAt(6) }, first, occasion).severity).toBe(
      "high",
    );
  });

  test("a resolved one that comes back is a new finding that names the old", () => {
    const newId = FindingId.parse("01932b00-0000-7000-8000-00000000000b");
    const again = foldHit({ rule, event: eventAt(20) }, closed("resolved"), { ...occasion, newId });
    expect(again).toMatchObject({ id: newId, status: "new", count: 1, firstSeen: eventAt(20).time });
    expect(again.history[0]?.comment).toContain(first.id);
  });

  test("a false positive that comes back stays one and is counted", () => {
    expect(foldHit({ rule, event: eventAt(20) }, closed("false_positive"), occasion)).toMatchObject({
      id: first.id,
      status: "false_positive",
      count: 2,
    });
  });

  test("an accepted one is counted until its time is over, and then needs somebody again", () => {
    const accepted = { ...closed("accepted"), acceptedUntil: "2026-11-21T10:00:00.000Z" };
    const within = foldHit({ rule, event: eventAt(20) }, accepted, occasion);
    expect(within).toMatchObject({ status: "accepted", count: 2, acceptedUntil: accepted.acceptedUntil });
    const after = foldHit({ rule, event: eventAt(21) }, within, { ...occasion, now: "2026-11-21T10:00:00.000Z" });
    expect(after).toMatchObject({ id: first.id, status: "new", count: 3 });
    expect(after.acceptedUntil).toBeUndefined();
    expect(after.history.at(-1)?.change).toContain("accepted → new");
  });

  test("an exception accepts new ones of its rule and group, and of nothing else, until it expires", () => {
    const exception = {
      id: "01932b00-0000-7000-8000-0000000000ee",
      rule: "r",
      where: { principal: "user:a", route: "assist*" },
      reason: "a red team",
      owner: "ada",
      createdAt: "2026-11-20T00:00:00.000Z",
      createdBy: "ada",
      expiresAt: "2026-11-22T00:00:00.000Z",
    };
    const statusOf = (event: Event, more: Partial<typeof exception> = {}) =>
      foldHit({ rule, event }, undefined, { ...occasion, exceptions: [{ ...exception, ...more }] }).status;
    expect(statusOf(eventAt(1))).toBe("accepted");
    expect(statusOf(eventAt(1), { where: {} as typeof exception.where })).toBe("accepted");
    expect(statusOf(eventAt(1, { principal: "user:ab" }))).toBe("new");
    expect(statusOf(eventAt(1), { rule: "other" })).toBe("new");
    expect(statusOf(eventAt(1), { expiresAt: occasion.now })).toBe("new");
    const made = foldHit({ rule, event: eventAt(1) }, undefined, { ...occasion, exceptions: [exception] });
    expect(made).toMatchObject({ exception: exception.id, owner: "ada", acceptedUntil: exception.expiresAt });
    expect(made.history.at(-1)?.comment).toBe("a red team");
  });

  test("its events and their sources are linked, and the owner of what it touches is its owner", () => {
    const more = foldHit(
      { rule, event: eventAt(7, { id: EventId.parse("01932b00-0000-7000-8000-000000000007"), source: "falco" }) },
      first,
      { ...occasion, assets: [{ name: "assistant", value: "critical", owner: "team-a" }] },
    );
    expect(more.events).toEqual(["01932b00-0000-7000-8000-000000000007", first.events[0]]);
    expect(more.sources).toEqual(["gateway", "falco"]);
    expect(more.score).toBeGreaterThan(first.score);
    expect(
      foldHit({ rule, event: eventAt(5) }, undefined, {
        ...occasion,
        assets: [{ name: "assistant", value: "normal", owner: "team-a" }],
      }).owner,
    ).toBe("team-a");
  });

  test("at most fifty exchanges are kept, the newest first, each once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(59), { minLength: 1, maxLength: 200 }), (minutes) => {
        const finding = minutes.reduce<Finding | undefined>(
          (before, minute) => foldHit({ rule, event: eventAt(minute) }, before, occasion),
          undefined,
        );
        const exchanges = finding?.exchanges ?? [];
        expect(finding?.count).toBe(minutes.length);
        expect(exchanges.length).toBe(Math.min(50, new Set(minutes).size));
        expect(new Set(exchanges).size).toBe(exchanges.length);
        expect(exchanges[0]).toBe(`exchange-${minutes.at(-1)}`);
      }),
      { numRuns: 60 },
    );
  });
});

describe("groups", () => {
  test.each<[string, Event, boolean]>([
    ["another principal is another group", eventAt(1, { principal: "user:b" }), false],
    ["a missing field is its own group", eventAt(1, { route: "" }), false],
    ["another exchange is the same group", eventAt(7), true],
  ])("%s", (_, event, same) => {
    expect(groupKeyOf(rule, event) === groupKeyOf(rule, eventAt(5))).toBe(same);
  });

  test("values cannot be arranged so that two groups become one", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string(),
        fc.string(),
        (principal, route, otherPrincipal, otherRoute) => {
          const equal =
            groupKeyOf(rule, eventAt(1, { principal, route })) ===
            groupKeyOf(rule, eventAt(1, { principal: otherPrincipal, route: otherRoute }));
          expect(equal).toBe(principal === otherPrincipal && route === otherRoute);
        },
      ),
    );
  });

  test("hostile values are made harmless in titles and entities", () => {
    const finding = foldHit(
      { rule, event: eventAt(1, { principal: `user:\u202e\n\0${"x".repeat(5_000)}` }) },
      undefined,
      occasion,
    );
    expect(finding.title).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(finding.title.length).toBeLessThanOrEqual(256);
    expect(finding.entities["principal"]?.length).toBeLessThanOrEqual(200);
  });
});

describe("people change findings", () => {
  const now = "2026-11-21T10:00:00.000Z";

  test("each status can be reached exactly as the table says, and each change is written down", () => {
    for (const from of FINDING_STATUSES) {
      for (const to of FINDING_STATUSES) {
        const changed = changeFinding(closed(from), { status: to }, "user:x", now);
        expect([from, to, changed.ok]).toEqual([from, to, TRANSITIONS[from].includes(to)]);
        if (changed.ok)
          expect(changed.finding.history.at(-1)).toEqual({
            time: now,
            actor: "user:x",
            change: `status ${from} → ${to}`,
          });
      }
    }
  });

  test("every closed finding can be opened again", () => {
    for (const status of FINDING_STATUSES.filter(isClosed))
      expect(TRANSITIONS[status].some((to) => !isClosed(to))).toBe(true);
    expect(FINDING_STATUSES.filter((status) => !absorbsHits(status))).toEqual(["resolved"]);
  });

  test("owner and comment, and taking the owner away", () => {
    const owned = changeFinding(first, { owner: "on-call", comment: " looking " }, "user:x", now);
    expect(owned).toMatchObject({ ok: true, finding: { owner: "on-call", status: "new" } });
    if (!owned.ok) return;
    expect(owned.finding.history.at(-1)).toEqual({
      time: now,
      actor: "user:x",
      change: "owner on-call",
      comment: "looking",
    });
    const freed = changeFinding(owned.finding, { owner: "" }, "user:x", now);
    expect(freed.ok && "owner" in freed.finding).toBe(false);
  });

  test("a change that changes nothing is refused", () => {
    expect(changeFinding(first, { status: "new", comment: "  " }, "user:x", now)).toEqual({
      ok: false,
      reason: "Nothing would change",
    });
  });
});
