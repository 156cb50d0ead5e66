import { EventId, TenantId, type Event } from "@parapet/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventCondition, EventStore, Hit, HitsQuery } from "../event-store.ts";
import type { EventStorePlace } from "./event-store.ts";

const START_MS = Date.UTC(2026, 9, 31, 12);
const timeOf = (second: number): string => new Date(START_MS + second * 1_000).toISOString();
const idOf = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`;

const makeHit = (tenant: TenantId, rule: string, second: number, user = "a"): Hit => ({
  tenant,
  rule,
  version: "v1",
  event: idOf(second),
  time: timeOf(second),
  exchange: "",
  fields: { user },
});

const QUERY: HitsQuery = {
  rules: ["r"],
  sinceMs: START_MS,
  changedSinceMs: 0,
  groupBy: { r: ["user"] },
  hitsMin: 1,
  rulesMin: 1,
  oneEveryMs: 0,
  limit: 100,
};

const condition = (exact: string, parameters: EventCondition["parameters"] = {}): EventCondition => ({
  exact,
  candidates: "1",
  parameters,
});

/** What every event store must do with hits, and with conditions over events. Each test has a tenant of its own. */
export const describeEventHits = (name: string, makePlace: () => Promise<EventStorePlace>): void => {
  describe(`${name} keeps hits, and answers conditions`, () => {
    let place: EventStorePlace;
    let store: EventStore;
    beforeAll(async () => {
      place = await makePlace();
      store = await place.open();
    }, 60_000);
    afterAll(async () => {
      await store.close();
      await place.dispose();
    });
    const tenantOf = (tenant: string): TenantId => TenantId.parse(`hits-${tenant}`);

    test("a batch of hits that comes again is stored once", async () => {
      const tenant = tenantOf("twice");
      const hits = [makeHit(tenant, "r", 1), makeHit(tenant, "r", 2)];
      await store.insertHits(hits, START_MS, "twice");
      await store.insertHits(hits, START_MS + 5_000, "twice");
      expect(await store.listHits(tenant, QUERY)).toEqual(hits);
    });

    test("hits come in order of time, of the rules asked for, since a time, the newest where there are too many", async () => {
      const tenant = tenantOf("order");
      const hits = [
        makeHit(tenant, "r", 3),
        makeHit(tenant, "r", 1),
        makeHit(tenant, "other", 2),
        makeHit(tenant, "r", -5),
      ];
      await store.insertHits(hits, START_MS, "order");
      await store.insertHits([makeHit(tenantOf("neighbour"), "r", 2)], START_MS, "neighbour");
      const seconds = (found: readonly Hit[]) => found.map(({ time }) => (Date.parse(time) - START_MS) / 1_000);
      expect(seconds(await store.listHits(tenant, QUERY))).toEqual([1, 3]);
      expect(seconds(await store.listHits(tenant, { ...QUERY, limit: 1 }))).toEqual([3]);
      const both = { ...QUERY, rules: ["r", "other"], groupBy: { r: ["user"], other: ["user"] } };
      expect(seconds(await store.listHits(tenant, both))).toEqual([1, 2, 3]);
    });

    test("of hits that are alike only the first in each such time is read, if that is asked", async () => {
      const tenant = tenantOf("thinned");
      const hits = [makeHit(tenant, "r", 1, "a"), makeHit(tenant, "r", 2, "b"), makeHit(tenant, "r", 3, "a")];
      await store.insertHits([...hits, makeHit(tenant, "r", 61, "a")], START_MS, "thinned");
      const found = await store.listHits(tenant, { ...QUERY, oneEveryMs: 60_000 });
      const every = await store.listHits(tenant, { ...QUERY, oneEveryMs: 1 });
      expect(found.map(({ time }) => (Date.parse(time) - START_MS) / 1_000)).toEqual([1, 2, 61]);
      expect(every).toHaveLength(4);
    });

    test("only groups that changed, that are large enough and that have enough rules are read, under any field name", async () => {
      const tenant = tenantOf("groups");
      const second = (hit: Hit): Hit => ({ ...hit, rule: "s", fields: { account: hit.fields["user"] ?? "" } });
      const hostile = "it's {x:String} \\ \"\t";
      await store.insertHits([makeHit(tenant, "r", 1, "a"), makeHit(tenant, "r", 2, hostile)], START_MS, "groups-1");
      await store.insertHits(
        [second(makeHit(tenant, "r", 3, hostile)), makeHit(tenant, "r", 4, "c")],
        START_MS + 9_000,
        "groups-2",
      );
      const query = { ...QUERY, rules: ["r", "s"], groupBy: { r: ["user"], s: ["account"] } };
      const seconds = async (more: Partial<HitsQuery>) =>
        (await store.listHits(tenant, { ...query, ...more })).map(({ time }) => (Date.parse(time) - START_MS) / 1_000);
      expect(await seconds({ changedSinceMs: START_MS + 1 })).toEqual([2, 3, 4]);
      expect(await seconds({ hitsMin: 2 })).toEqual([2, 3]);
      expect(await seconds({ rulesMin: 2 })).toEqual([2, 3]);
      await store.insertHits([makeHit(tenant, "list", 5, "x\u001fy\u001fz")], START_MS, "groups-3");
      const list = { rules: ["list"], groupBy: { list: ["user"] } };
      expect([await seconds({ ...list, hitsMin: 3 }), await seconds({ ...list, hitsMin: 4 })]).toEqual([[5], []]);
      expect(await seconds({ groupBy: {}, hitsMin: 4 })).toEqual([1, 2, 3, 4]);
      expect(await store.changedRules(START_MS + 9_000)).toContainEqual({ tenant, rule: "s" });
      expect(await store.ruleActivity(tenant, START_MS + 3_000)).toEqual(
        expect.arrayContaining([
          { rule: "r", hits: 1, last: timeOf(4) },
          { rule: "s", hits: 1, last: timeOf(3) },
        ]),
      );
    });

    test("a hunt answers events for which the condition holds, newest first, in pages, and counts them", async () => {
      const tenant = tenantOf("hunt");
      const events = Array.from({ length: 7 }, (_, index): Event => ({
        tenant,
        id: EventId.parse(idOf(index)),
        time: timeOf(index * 10),
        receivedAt: timeOf(index * 10),
        source: "s",
        kind: index % 2 === 0 ? "even" : "odd",
        schemaVersion: 1,
        severity: "low",
        body: { index },
      }));
      await store.insert({ events, exchanges: [] }, "hunt");
      const scope = {
        condition: condition("events.kind = {k:String}", { k: "even" }),
        sinceMs: START_MS,
        untilMs: START_MS + 60_000,
      };
      const first = await store.hunt(tenant, { ...scope, limit: 2 });
      expect(first.items.map(({ body }) => body["index"])).toEqual([4, 2]);
      const rest = await store.hunt(tenant, { ...scope, limit: 2, cursor: first.next });
      expect(rest.items.map(({ body }) => body["index"])).toEqual([0]);
      expect(rest.next).toBeUndefined();
      const counted = await store.countHunt(tenant, scope);
      expect([counted.total, counted.widthMs, counted.series.indexOf(1)]).toEqual([3, 1_000, 0]);
      const all = { ...scope, condition: condition("1"), untilMs: START_MS + 61_000 };
      const by = { sql: "{prefix:String} || events.kind", parameters: { prefix: "is " } };
      expect(await store.countHuntBy(tenant, { ...all, by })).toEqual([
        { value: "is even", count: 4 },
        { value: "is odd", count: 3 },
      ]);
    });

    test("erasing a person takes the name out of hits, and retention removes old ones", async () => {
      const tenant = tenantOf("erase");
      await store.insertHits(
        [
          makeHit(tenant, "r", 1, "user:ada"),
          makeHit(tenant, "r", 2, "ada"),
          makeHit(tenant, "r", 3, "user:adam"),
          makeHit(tenant, "r", 4, "user:adam\u001fuser:ada"),
        ],
        START_MS,
        "erase",
      );
      await store.forgetPrincipal(tenant, "user:ada");
      expect((await store.listHits(tenant, QUERY)).map(({ fields }) => fields["user"])).toEqual([
        "erased",
        "erased",
        "user:adam",
        "user:adam\u001ferased",
      ]);
      await store.retain({ textBeforeMs: 0, eventsBeforeMs: START_MS + 2_500 });
      expect((await store.listHits(tenant, QUERY)).length).toBe(2);
    });
  });
};
