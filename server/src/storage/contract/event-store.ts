import { COUNTS, EventId, ExchangeId, TenantId, type Event, HourlyRow } from "@parapet/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventNames, EventStore, EventWindow, ExchangeRow } from "../event-store.ts";

export interface EventStorePlace {
  /** Opens the store; called again after a close it finds what was there. */
  open(): Promise<EventStore>;
  dispose(): Promise<void>;
}

/** UUIDv7 of a time, told apart by `index`. */
const idAt = (ms: number, index = 0): string => {
  const hex = ms.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(Math.abs(index)).padStart(12, "0")}`;
};

const keyedTenant = TenantId.parse("keyed");

const START_MS = Date.UTC(2026, 9, 31, 12);

const makeExchange = (tenant: TenantId, index: number, change: Partial<ExchangeRow> = {}): ExchangeRow => {
  const ms = START_MS + index * 1_000;
  return {
    tenant,
    id: ExchangeId.parse(idAt(ms, index)),
    time: new Date(ms).toISOString(),
    route: "assistant",
    session: "session-1",
    principal: "user:ada",
    model: "small",
    verdict: "allow",
    would: "allow",
    state: "completed",
    severity: "informational",
    categories: [],
    matches: 0,
    unscannable: 0,
    latencyMs: 100,
    addedMs: 1,
    streamed: false,
    status: 200,
    search: "",
    version: 1,
    ...change,
  };
};

const makeEvent = (tenant: TenantId, index: number, change: Partial<Event> = {}): Event => {
  const ms = START_MS + index * 1_000;
  return {
    tenant,
    id: EventId.parse(idAt(ms, index)),
    time: new Date(ms).toISOString(),
    receivedAt: new Date(ms).toISOString(),
    source: "gateway",
    kind: "exchange.closed",
    schemaVersion: 1,
    severity: "informational",
    body: { index },
    ...change,
  };
};

const HOSTILE = `it's "quoted" \\' \n\t\u0000 \u2028 '; DROP TABLE parapet.events; -- {tenant:String} 🙂 %_`;

/** What every event store must do. The tests share one store; each has a tenant of its own. */
const HOUR_MS = 3_600_000;

const makeHour = (
  tenant: TenantId,
  hour: number,
  change: Partial<HourlyRow> & { readonly events: number },
): HourlyRow => {
  const { events, ...rest } = change;
  return {
    tenant,
    dimension: "principal",
    id: "user:ada",
    hourMs: START_MS + hour * HOUR_MS,
    counts: { ...noCounts(), events },
    values: {},
    cells: {},
    samples: [],
    ...rest,
  };
};
const noCounts = (): HourlyRow["counts"] =>
  HourlyRow.shape.counts.parse(Object.fromEntries(COUNTS.map((name) => [name, 0])));

const hoursOf = async (batches: AsyncIterable<readonly HourlyRow[]>): Promise<HourlyRow[]> => {
  const found: HourlyRow[] = [];
  for await (const batch of batches) found.push(...batch);
  return found;
};

export const describeEventStore = (name: string, makePlace: () => Promise<EventStorePlace>): void => {
  describe(`${name} keeps the contract of EventStore`, () => {
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

    const ids = (items: readonly { readonly id: string }[]): readonly string[] => items.map(({ id }) => id);
    const tenantOf = (name: string): TenantId => TenantId.parse(name);

    test("an event comes back as it went in, whatever its body and texts hold", async () => {
      const tenant = tenantOf("whole");
      const exchange = idAt(START_MS, 1);
      const deep: unknown = JSON.parse("[".repeat(1_500) + "]".repeat(1_500));
      const bodies: Record<string, unknown>[] = [
        {},
        { "gen_ai.request.model": "m", gen_ai: { request: { other: 1 } } },
        { nothing: null, empty: {}, list: [], mixed: [1, "two", { three: 3 }, [4]], big: 2 ** 60, float: 0.1 },
        { text: HOSTILE, [HOSTILE]: true, "": "empty name" },
        { deep },
        Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`field${String(index)}`, index])),
        { half: "\ud800" },
      ];
      const events = bodies.map((body, index) => makeEvent(tenant, index, { exchange, body }));
      events.push(
        makeEvent(tenant, 50, { exchange, principal: HOSTILE, asset: HOSTILE, text: "c2VhbGVk", trace: "half \ud800" }),
      );
      await store.insert({ events, exchanges: [] }, "whole-1");
      const found = await store.exchangeEvents(tenant, exchange);
      expect(found.slice(0, -1)).toEqual(events.slice(0, -1));
      expect(found.at(-1)).toMatchObject({ principal: HOSTILE, asset: HOSTILE, text: "c2VhbGVk" });
      expect("session" in (found[0] ?? {})).toBe(false);
    });

    test("a batch whose token was inserted before changes nothing", async () => {
      const tenant = tenantOf("token");
      const batch = { events: [makeEvent(tenant, 1), makeEvent(tenant, 2)], exchanges: [makeExchange(tenant, 1)] };
      await store.insert(batch, "00000001:1-2");
      await store.insert(batch, "00000001:1-2");
      await store.insert({ events: [makeEvent(tenant, 3)], exchanges: [] }, "00000001:3-3");
      expect((await store.listEvents(tenant, { limit: 50 })).items.length).toBe(3);
      expect((await store.listExchanges(tenant, { limit: 50 })).items.length).toBe(1);
    });

    test("events page newest first, without gaps or repeats, also where times are equal", async () => {
      const tenant = tenantOf("event-pages");
      const events = Array.from({ length: 95 }, (_, index) =>
        makeEvent(tenant, index, { time: new Date(START_MS + Math.floor(index / 9) * 1_000).toISOString() }),
      );
      await store.insert({ events, exchanges: [] }, "event-pages");
      const seen: Event[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listEvents(tenant, { limit: 10, cursor });
        expect(page.items.length).toBeLessThanOrEqual(10);
        seen.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(ids(seen)).toEqual(ids(events).toReversed());
    });

    test("events are filtered by source, kind, age and where", async () => {
      const tenant = tenantOf("event-filters");
      const events = [
        makeEvent(tenant, 1, { body: { user: { name: "ada" }, port: 443 } }),
        makeEvent(tenant, 2, {
          source: "kernel",
          kind: "process.started",
          session: "s and t",
          body: { note: 'first\nsecond "third"', "deep.er": { and: 7 } },
        }),
        makeEvent(tenant, 3, {
          body: { user: { name: "adalbert" }, "gen_ai.system": "x", dotted: { name: "short" }, "dotted.name": "long" },
        }),
        makeEvent(tenant, 4, { time: "2026-11-20T00:00:00.000Z", principal: "key:one*" }),
      ];
      await store.insert({ events, exchanges: [] }, "event-filters");
      const numbers = async (query: object): Promise<readonly number[]> =>
        (await store.listEvents(tenant, { limit: 50, ...query })).items.map(({ id }) => Number(id.slice(-1)));
      const cases: readonly (readonly [object, readonly number[]])[] = [
        [{}, [4, 3, 2, 1]],
        [{ source: "kernel" }, [2]],
        [{ kind: "process.started" }, [2]],
        [{ since: "2026-11-01T00:00:00.000Z" }, [4]],
        [{ where: "body.user.name=ada" }, [1]],
        [{ where: "body.user.name=ada*" }, [3, 1]],
        [{ where: "body.port=443" }, [1]],
        [{ where: "body.port=443 and body.user.name=ada" }, [1]],
        [{ where: "body.port=443 and body.user.name=bob" }, []],
        [{ where: "body.gen_ai.system=x" }, [3]],
        [{ where: "body.user.name=Ada" }, []],
        [{ where: 'body.user.name="ada "*' }, []],
        [{ where: 'body.missing=""' }, []],
        [{ where: 'body.note="first"*' }, [2]],
        [{ where: "body.note=firs*" }, [2]],
        [{ where: "body.deep.er.and=7" }, [2]],
        [{ where: "body.user=*" }, [3, 1]],
        [{ where: "body.dotted.name=short" }, []],
        [{ where: "body.dotted.name=long" }, [3]],
        [{ where: 'body.user.name=adalbert and body.dotted.name="lo"* and body.gen_ai.system=x' }, [3]],
        [{ where: 'session="s and t"' }, [2]],
        [{ where: 'principal="key:one*"' }, [4]],
        [{ where: "principal=key:*" }, [4]],
        [{ where: `body.missing="'; DROP TABLE parapet.events"` }, []],
        [{ where: `source="${HOSTILE.replaceAll('"', "")}"` }, []],
      ];
      for (const [query, expected] of cases) expect(await numbers(query), JSON.stringify(query)).toEqual(expected);
    });

    test("what cannot be a filter or a cursor is refused", async () => {
      const tenant = tenantOf("refused");
      for (const where of ["nonsense", "body=1", "password=1", "body.a`b=1", "kind=a or kind=b and", "1=1", "kind="]) {
        await expect(store.listEvents(tenant, { limit: 5, where }), where).rejects.toThrow("where");
      }
      for (const cursor of ["x", Buffer.from("2026 1").toString("base64url"), "' OR 1"]) {
        await expect(store.listEvents(tenant, { limit: 5, cursor })).rejects.toThrow("cursor");
        await expect(store.listExchanges(tenant, { limit: 5, cursor })).rejects.toThrow("cursor");
      }
    });

    test("the newest version of an exchange wins, in whatever batch and order it came", async () => {
      const tenant = tenantOf("versions");
      const opened = makeExchange(tenant, 1, { version: 0, state: "open", status: 0, latencyMs: 0 });
      const closed = makeExchange(tenant, 1, { state: "blocked", verdict: "block", policy: "p", agent: "planner" });
      const late = makeExchange(tenant, 2, { version: 0, state: "open" });
      await store.insert({ events: [], exchanges: [opened, makeExchange(tenant, 2)] }, "versions-1");
      await store.insert({ events: [], exchanges: [closed, late] }, "versions-2");
      expect(await store.getExchange(tenant, closed.id)).toEqual(closed);
      expect((await store.getExchange(tenant, late.id))?.state).toBe("completed");
      expect(ids((await store.listExchanges(tenant, { limit: 5 })).items)).toEqual([late.id, closed.id]);
      expect((await store.listExchanges(tenant, { limit: 5, state: "open" })).items).toEqual([]);
      expect(await store.countByState(tenant, 0)).toEqual({ blocked: 1, completed: 1 });
      expect(await store.getExchange(tenantOf("nobody"), closed.id)).toBeUndefined();
    });

    test("exchanges page newest first over a month's end, without gaps or repeats", async () => {
      const tenant = tenantOf("exchange-pages");
      const rows = Array.from({ length: 60 }, (_, index) => makeExchange(tenant, index * 3_600));
      await store.insert({ events: [], exchanges: rows }, "exchange-pages");
      const seen: { id: string }[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listExchanges(tenant, { limit: 7, cursor });
        seen.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(ids(seen)).toEqual(ids(rows).toReversed());
    });

    test("exchanges are filtered by each field and searched by parts of words", async () => {
      const tenant = tenantOf("exchange-filters");
      const rows = [
        makeExchange(tenant, 1, {
          route: "other",
          state: "upstream_reset",
          search: "Assistant gpt-x O'Hara 100%_done",
        }),
        makeExchange(tenant, 2, { session: "session-2", categories: ["secret", "jailbreak"], unscannable: 1 }),
        makeExchange(tenant, 3, {
          principal: "key:k",
          verdict: "block",
          would: "block",
          policy: "no-secrets",
          state: "blocked",
        }),
        makeExchange(tenant, 5, { verdict: "observe", would: "redact", session: "session-5" }),
        makeExchange(tenant, 1_728_004, { model: "large", search: "weather-tool" }),
      ];
      await store.insert({ events: [], exchanges: rows }, "exchange-filters");
      const numbers = async (query: object): Promise<readonly number[]> =>
        (await store.listExchanges(tenant, { limit: 50, ...query })).items.map(({ id }) => Number(id.slice(-1)));
      const cases: readonly (readonly [object, readonly number[]])[] = [
        [{ route: "other" }, [1]],
        [{ session: "session-2" }, [2]],
        [{ category: "jailbreak" }, [2]],
        [{ principal: "key:k" }, [3]],
        [{ verdict: "block" }, [3]],
        [{ policy: "no-secrets" }, [3]],
        [{ state: "blocked" }, [3]],
        [{ only: "stopped" }, [3]],
        [{ only: "unscannable" }, [2]],
        [{ only: "failed" }, [1]],
        [{ only: "would" }, [5]],
        [{ only: "failed", route: "assistant" }, []],
        [{ model: "large" }, [4]],
        [{ since: "2026-11-01T00:00:00.000Z" }, [4]],
        [{ q: "WEATHER" }, [4]],
        [{ q: "eather-t" }, [4]],
        [{ q: "o'hara gpt" }, [1]],
        [{ q: "gpt weather" }, []],
        [{ q: "%_" }, [1]],
        [{ q: "_%" }, []],
        [{ q: HOSTILE }, []],
      ];
      for (const [query, expected] of cases) expect(await numbers(query), JSON.stringify(query)).toEqual(expected);
    });

    test("the overview counts what happened since then, per tenant", async () => {
      const tenant = tenantOf("overview");
      const nowMs = START_MS + 48_000;
      await store.insert(
        {
          events: [],
          exchanges: [
            makeExchange(tenant, -10, { verdict: "block" }),
            makeExchange(tenant, 0, { categories: ["secret"], latencyMs: 10 }),
            makeExchange(tenant, 1, {
              verdict: "observe",
              would: "block",
              policy: "p",
              categories: ["secret", "jailbreak"],
            }),
            makeExchange(tenant, 2, { verdict: "block", would: "block", policy: "p", state: "blocked" }),
            makeExchange(tenant, 47, { verdict: "redact", would: "redact", policy: "r", principal: "user:bob" }),
            makeExchange(tenant, 30, { state: "upstream_reset", unscannable: 2, route: "other" }),
          ],
        },
        "overview",
      );
      const overview = await store.overview(tenant, START_MS, nowMs);
      expect(overview).toMatchObject({
        exchanges: 5,
        byVerdict: { allow: 2, observe: 1, block: 1, redact: 1 },
        byCategory: { secret: 2, jailbreak: 1 },
        wouldHave: 1,
        unscannable: 1,
        failed: 1,
        topPolicies: [
          { policy: "p", count: 2 },
          { policy: "r", count: 1 },
        ],
        topPrincipals: [
          { principal: "user:ada", exchanges: 4, stopped: 1 },
          { principal: "user:bob", exchanges: 1, stopped: 0 },
        ],
        routes: [
          { route: "assistant", exchanges: 4, stopped: 1 },
          { route: "other", exchanges: 1, stopped: 0 },
        ],
      });
      expect(overview.latencyMs.p50).toBe(100);
      const filled = overview.series.filter(
        ({ allowed, changed, stopped, observed }) => allowed + changed + stopped + observed > 0,
      );
      expect(filled.map(({ allowed, changed, stopped, observed }) => [allowed, changed, stopped, observed])).toEqual([
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ]);
      expect(overview.series[0]?.time).toBe(new Date(START_MS).toISOString());
      const nothing = await store.overview(tenantOf("nobody"), START_MS, nowMs);
      expect(nothing).toMatchObject({ exchanges: 0, byVerdict: {}, latencyMs: { p50: 0, p99: 0 }, routes: [] });
    });

    test("the mode preview counts what enforcing would change on one route", async () => {
      const tenant = tenantOf("preview");
      await store.insert(
        {
          events: [],
          exchanges: [
            makeExchange(tenant, 1, { verdict: "observe", would: "block", policy: "p" }),
            makeExchange(tenant, 2, { verdict: "observe", would: "redact", policy: "q" }),
            makeExchange(tenant, 3, { verdict: "observe", would: "block", policy: "p" }),
            makeExchange(tenant, 4),
            makeExchange(tenant, 5, { route: "other", would: "block", policy: "p" }),
          ],
        },
        "preview",
      );
      expect(await store.modePreview(tenant, "assistant", START_MS)).toEqual({
        exchanges: 4,
        wouldChange: 3,
        byPolicy: [
          { policy: "p", count: 2 },
          { policy: "q", count: 1 },
        ],
      });
    });

    test("a scan gives every event of the kind once, oldest first", async () => {
      const tenant = tenantOf("scan");
      const events = Array.from({ length: 1_203 }, (_, index) =>
        makeEvent(tenant, index, {
          time: new Date(START_MS + Math.floor(index / 50)).toISOString(),
          kind: index % 3 === 0 ? "exchange.opened" : "exchange.closed",
        }),
      );
      await store.insert({ events, exchanges: [] }, "scan");
      const all: Event[] = [];
      for await (const batch of store.scanEvents(tenant, { sinceMs: START_MS })) all.push(...batch);
      expect(ids(all)).toEqual(ids(events));
      const opened: Event[] = [];
      const filter = { sinceMs: START_MS + 5, kind: "exchange.opened" };
      for await (const batch of store.scanEvents(tenant, filter)) opened.push(...batch);
      expect(ids(opened)).toEqual(ids(events.filter((event, index) => index >= 250 && event.kind === filter.kind)));
    });

    test("events with hostile times are taken", async () => {
      const tenant = tenantOf("times");
      const times = ["0001-01-01T00:00:00.000Z", "1931-05-05T00:00:00.000Z", "9999-12-31T23:59:59.999Z"];
      const many = Array.from({ length: 300 }, (_, index) => new Date(Date.UTC(1990, index)).toISOString());
      const events = [...times, ...many].map((time, index) => makeEvent(tenant, index, { time }));
      await store.insert({ events, exchanges: [] }, "times");
      expect((await store.listEvents(tenant, { limit: 500 })).items.length).toBe(303);
    });

    test("a forgotten principal is in no row, event, search or text, and others are left alone", async () => {
      const tenant = tenantOf("forgotten");
      const principal = "user:o'hara \\ {x:String}";
      const name = principal.slice(5);
      const origin = { principal, user: name, route: "a" };
      const body = { origin, record: JSON.stringify({ origin }) };
      const search = `${principal} gpt`;
      await store.insert(
        {
          events: [
            makeEvent(tenant, 1, { principal, text: "sealed", body, record: JSON.stringify({ origin }) }),
            makeEvent(tenant, 2, { principal: "user:b", text: "kept" }),
          ],
          exchanges: [
            makeExchange(tenant, 1, { principal, search, version: 0 }),
            makeExchange(tenant, 1, { principal, search }),
            makeExchange(tenant, 2, { principal: "user:b" }),
          ],
        },
        "forgotten",
      );
      expect(await store.forgetPrincipal(tenantOf("nobody"), principal)).toBe(0);
      expect(await store.forgetPrincipal(tenant, principal)).toBe(1);
      expect(await store.forgetPrincipal(tenant, principal)).toBe(0);
      const events = (await store.listEvents(tenant, { limit: 5 })).items;
      expect(events.map(({ principal: left, text }) => [left, text])).toEqual([
        ["user:b", "kept"],
        ["erased", undefined],
      ]);
      const erased = { principal: "erased", user: "erased", route: "a" };
      expect(events[1]?.body).toEqual({ origin: erased, record: JSON.stringify({ origin: erased }) });
      expect(events[1]?.record).toBe(JSON.stringify({ origin: erased }));
      expect((await store.listEvents(tenant, { limit: 5, where: "body.origin.user=erased" })).items.length).toBe(1);
      expect((await store.listExchanges(tenant, { limit: 5, principal })).items).toEqual([]);
      expect((await store.listExchanges(tenant, { limit: 5, q: "o'hara" })).items).toEqual([]);
      expect((await store.listExchanges(tenant, { limit: 5, q: "gpt" })).items.length).toBe(1);
      expect((await store.listExchanges(tenant, { limit: 5, principal: "user:b" })).items.length).toBe(1);
    });

    test("retention removes old texts, then old events, and leaves the rest", async () => {
      const tenant = tenantOf("retained");
      const at = (year: number): string => `${String(year)}-01-01T00:00:00.000Z`;
      const events = [2001, 2011, 2021].map((year, index) =>
        makeEvent(tenant, index, { time: at(year), text: "sealed" }),
      );
      const exchanges = [2001, 2021].map((year, index) => makeExchange(tenant, index, { time: at(year) }));
      await store.insert({ events, exchanges }, "retained");
      await store.retain({ textBeforeMs: Date.UTC(2015, 0), eventsBeforeMs: Date.UTC(2005, 0) });
      const left = (await store.listEvents(tenant, { limit: 5 })).items;
      expect(left.map(({ time, text }) => [time, text])).toEqual([
        [at(2021), "sealed"],
        [at(2011), undefined],
      ]);
      expect((await store.listExchanges(tenant, { limit: 5 })).items.map(({ time }) => time)).toEqual([at(2021)]);
    });

    test("events are found by any of the names in them, newest first, in a window", async () => {
      const tenant = tenantOf("names");
      const body = { namespace: "ml", pod: "trainer-0", workload: "ml/trainer", address: "10.0.0.7" };
      const batch = [
        makeEvent(tenant, 1, { principal: "user:ada" }),
        makeEvent(tenant, 2, { source: "falco", body }),
        makeEvent(tenant, 3, { agent: "billing", trace: "t1" }),
        makeEvent(tenant, 4, { source: "self-test", agent: "billing" }),
        makeEvent(tenant, 5, { session: HOSTILE }),
        makeEvent(tenant, 6, { principal: "user:bob" }),
        makeEvent(tenant, 7, { source: "falco", body: { workload: HOSTILE, namespace: "n", pod: "a/b\n" } }),
      ];
      await store.insert({ events: batch, exchanges: [] }, "names-1");
      const window = { fromMs: START_MS, toMs: START_MS + 60_000, limit: 10 };
      const found = async (names: EventNames, more: Partial<EventWindow> = {}) =>
        ids(await store.eventsOfNames(tenant, names, { ...window, ...more }));
      const at = (...indexes: readonly number[]) => indexes.map((index) => idAt(START_MS + index * 1_000, index));
      expect(await found({})).toEqual([]);
      expect(await found({ principals: [""] })).toEqual([]);
      expect(await found({ principals: ["user:ada"], agents: ["billing"] })).toEqual(at(3, 1));
      expect(await found({ pods: ["ml/trainer-0"] })).toEqual(at(2));
      expect(await found({ workloads: ["ml/trainer"], addresses: ["10.0.0.7"], traces: ["t1"] })).toEqual(at(3, 2));
      expect(await found({ sessions: [HOSTILE] })).toEqual(at(5));
      expect(await found({ workloads: [HOSTILE] })).toEqual(at(7));
      expect(await found({ pods: ["n/a/b\n", "ml/trainer"] })).toEqual(at(7));
      const many = Array.from({ length: 300 }, (_, index) => `10.0.0.${String(index)}`);
      expect(await found({ addresses: many })).toEqual(at(2));
      expect(await found({ principals: ["user:ada", "user:bob"] }, { toMs: START_MS + 2_000 })).toEqual(at(1));
      expect(await found({ principals: ["user:ada", "user:bob"] }, { limit: 1 })).toEqual(at(6));
      expect(await store.eventsOfNames(tenantOf("names-2"), { principals: ["user:ada"] }, window)).toEqual([]);
      expect((await store.getEvent(tenant, at(2)[0] ?? ""))?.body).toEqual(body);
      expect(await store.getEvent(tenantOf("names-2"), at(2)[0] ?? "")).toBeUndefined();
      expect(await store.sourcesSeen(tenant, START_MS + 2_000)).toEqual([
        { source: "falco", events: 2, last: new Date(START_MS + 7_000).toISOString() },
        { source: "gateway", events: 3, last: new Date(START_MS + 6_000).toISOString() },
        { source: "self-test", events: 1, last: new Date(START_MS + 4_000).toISOString() },
      ]);
      expect(await store.sourcesSeen(tenant, START_MS + 8_000)).toEqual([]);
    });

    test("events of one of a dimension are drawn over the whole time, the same each time", async () => {
      const tenant = tenantOf("samples");
      const model = (index: number, change: Partial<Event> = {}): Event =>
        makeEvent(tenant, index, { source: "json", model: "credit", body: { label: `n${String(index)}` }, ...change });
      const events = [
        ...Array.from({ length: 200 }, (_, index) => model(index)),
        model(200, { model: "fraud" }),
        model(201, { source: "probe" }),
        model(202, { body: { label: HOSTILE } }),
      ];
      await store.insert({ events, exchanges: [] }, "samples");
      const query = {
        dimension: "model",
        id: "credit",
        fromMs: START_MS,
        untilMs: START_MS + 200_000,
        limit: 20,
      } as const;
      const drawn = await store.sampleEvents(tenant, query);
      expect(drawn.length).toBe(20);
      expect(new Set(drawn.map(({ model: one }) => one))).toEqual(new Set(["credit"]));
      expect(drawn.map(({ body }) => body).every((body) => body["label"] !== undefined)).toBe(true);
      const places = drawn.map(({ time }) => Date.parse(time) - START_MS);
      expect(Math.max(...places) - Math.min(...places)).toBeGreaterThan(100_000);
      expect(await store.sampleEvents(tenant, query)).toEqual(drawn);
      const all = { ...query, untilMs: START_MS + 300_000, limit: 1_000 };
      expect((await store.sampleEvents(tenant, all)).length).toBe(201);
      expect(ids(await store.sampleEvents(tenant, { ...all, word: `"n7"` }))).toEqual([model(7).id]);
      expect(await store.sampleEvents(tenant, { ...all, id: HOSTILE })).toEqual([]);
      expect(await store.sampleEvents(tenantOf("samples-2"), all)).toEqual([]);
    });

    test("ids that sources made of their keys are found by when they were received, newest first", async () => {
      const keyed = (index: number, change: Partial<Event> = {}): Event =>
        makeEvent(keyedTenant, index, {
          id: EventId.parse(`${String(index).padStart(8, "0")}-0000-8000-8000-000000000000`),
          source: "json",
          time: "2001-01-01T00:00:00.000Z",
          ...change,
        });
      const events = [keyed(1), keyed(2), keyed(3), keyed(4, { source: "gateway" }), makeEvent(keyedTenant, 5)];
      await store.insert({ events, exchanges: [] }, "keyed");
      expect(await store.recentKeyedIds(keyedTenant, START_MS + 1_500, 10)).toEqual(
        [3, 2].map((index) => keyed(index).id),
      );
      expect(await store.recentKeyedIds(keyedTenant, START_MS, 1)).toEqual([keyed(3).id]);
    });

    test("hours are added up over batches, and a repeated batch adds nothing", async () => {
      const tenant = tenantOf("hourly");
      const first = makeHour(tenant, 0, {
        events: 2,
        values: { "tool=search": 2 },
        cells: { "latencyMs#100": 1, "output.language=en": 1 },
        samples: [2 ** 52 - 1, 256],
      });
      const second = makeHour(tenant, 0, { events: 3, values: { "tool=search": 1, "tool=shell": 1 }, samples: [7] });
      const later = makeHour(tenant, 30, { events: 5, values: { "tool=search": 4 } });
      const others = [
        makeHour(tenant, 0, { events: 9, id: "user:b" }),
        makeHour(tenant, 0, { events: 8, dimension: "route", id: "user:ada" }),
        makeHour(tenantOf("elsewhere"), 0, { events: 7 }),
      ];
      const insert = (hourly: readonly HourlyRow[], token: string) =>
        store.insert({ events: [], exchanges: [], hourly }, token);
      await insert([first, ...others], "hours-1");
      await insert([first, ...others], "hours-1");
      await insert([second, later], "hours-2");
      await insert([second, later], "hours-2");
      const query = { dimension: "principal", fromMs: START_MS, untilMs: START_MS + 40 * HOUR_MS } as const;
      const all = await hoursOf(store.scanHourly(tenant, { ...query, parts: ["values", "cells", "samples"] }));
      expect(all.map(({ id, hourMs, counts }) => [id, (hourMs - START_MS) / HOUR_MS, counts.events])).toEqual([
        ["user:ada", 0, 5],
        ["user:ada", 30, 5],
        ["user:b", 0, 9],
      ]);
      expect(all[0]).toMatchObject({
        values: { "tool=search": 3, "tool=shell": 1 },
        cells: { "latencyMs#100": 1, "output.language=en": 1 },
      });
      expect(all[0]?.samples.toSorted((a, b) => a - b)).toEqual([7, 256, 2 ** 52 - 1]);
      const counted = await hoursOf(
        store.scanHourly(tenant, { ...query, ids: ["user:b"], untilMs: START_MS + HOUR_MS }),
      );
      expect(counted).toEqual([makeHour(tenant, 0, { events: 9, id: "user:b" })]);
      expect(await store.seenValues(tenant, { ...query, ids: ["user:ada"] })).toEqual([
        { id: "user:ada", value: "tool=search", days: 2, firstMs: START_MS, count: 7 },
        { id: "user:ada", value: "tool=shell", days: 1, firstMs: START_MS, count: 1 },
      ]);
    });

    test("a principal that is forgotten has no hours, and old hours go with old events", async () => {
      const tenant = tenantOf("hourly-gone");
      const old = makeHour(tenant, -24 * 9_000, { events: 1, id: "user:b" });
      const hourly = [makeHour(tenant, 0, { events: 1 }), makeHour(tenant, 0, { events: 1, id: "user:b" }), old];
      await store.insert({ events: [], exchanges: [], hourly }, "hours-gone");
      await store.forgetPrincipal(tenant, "user:ada");
      await store.retain({ textBeforeMs: 0, eventsBeforeMs: START_MS - 24 * HOUR_MS });
      const left = await hoursOf(
        store.scanHourly(tenant, { dimension: "principal", fromMs: 0, untilMs: START_MS * 2 }),
      );
      expect(left.map(({ id, hourMs }) => [id, hourMs])).toEqual([["user:b", START_MS]]);
    });

    test("everything is there after closing and opening again", async () => {
      const tenant = tenantOf("reopened");
      await store.insert({ events: [makeEvent(tenant, 1)], exchanges: [makeExchange(tenant, 1)] }, "reopened");
      await store.close();
      store = await place.open();
      expect((await store.listEvents(tenant, { limit: 5 })).items).toEqual([makeEvent(tenant, 1)]);
      await store.insert({ events: [makeEvent(tenant, 1)], exchanges: [] }, "reopened");
      expect((await store.listEvents(tenant, { limit: 5 })).items.length).toBe(1);
    });
  });
};
