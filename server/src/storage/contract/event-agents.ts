import { EventId, TenantId, type Event } from "@parapet/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventStore } from "../event-store.ts";
import type { EventStorePlace } from "./event-store.ts";

const START_MS = Date.UTC(2026, 9, 31, 12);
const timeOf = (second: number): string => new Date(START_MS + second * 1_000).toISOString();
const idOf = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`;

const closed = (tenant: TenantId, second: number, calls: readonly object[], change: Partial<Event> = {}): Event => ({
  tenant,
  id: EventId.parse(idOf(second)),
  time: timeOf(second),
  receivedAt: timeOf(second),
  source: "gateway",
  kind: "exchange.closed",
  schemaVersion: 1,
  severity: "informational",
  exchange: idOf(second),
  session: "s-1",
  principal: "user:ada",
  agent: "mail",
  route: "assistant",
  model: "small",
  ...change,
  body: {
    key: "k-1",
    inputTokens: 10,
    outputTokens: 5,
    ...(calls.length > 0 && { uses: JSON.stringify(calls) }),
    ...change.body,
  },
});

/** What every event store must do with the calls of agents. Each test has a tenant of its own. */
export const describeEventAgents = (name: string, makePlace: () => Promise<EventStorePlace>): void => {
  describe(`${name} knows what agents did`, () => {
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

    const read = { tool: "read_mail", server: "", effects: ["read"], hosts: [], data: [], repeats: 0, fate: "passed" };
    const send = { ...read, tool: "send", server: "smtp", effects: ["communicate"], fate: "stopped", policy: "p" };

    test("calls are summed up for each agent, by what became of them, and only what passed is a tool of it", async () => {
      const tenant = TenantId.parse("agents-seen");
      await store.insert(
        {
          events: [
            closed(tenant, 1, [read, send]),
            closed(
              tenant,
              2,
              [
                { ...send, fate: "observed" },
                { ...read, fate: "held" },
              ],
              { session: "s-2" },
            ),
            closed(tenant, 3, [], { agent: "quiet" }),
            closed(tenant, 4, [read], { agent: "" }),
            closed(tenant, 5, [read], { source: "self-test", kind: "self-test.closed" }),
            closed(tenant, 6, [], {
              source: "tracing",
              kind: "gen_ai.execute_tool",
              exchange: "",
              body: { tool: "shell" },
            }),
            closed(tenant, 7, [read], { kind: "exchange.opened" }),
          ],
          exchanges: [],
        },
        "seen",
      );
      const seen = await store.agentsSeen(tenant, START_MS);
      expect(seen.map((one) => ({ ...one, tools: one.tools.toSorted(), effects: one.effects.toSorted() }))).toEqual([
        {
          id: "mail",
          firstSeen: timeOf(1),
          lastSeen: timeOf(6),
          exchanges: 2,
          sessions: 2,
          calls: 5,
          observed: 1,
          held: 1,
          stopped: 1,
          effects: ["communicate", "read"],
          tools: ["read_mail", "shell", "smtp/send"],
        },
        expect.objectContaining({ id: "quiet", calls: 0, tools: [], effects: [], exchanges: 1 }),
      ]);
      expect((await store.agentsSeen(tenant, START_MS + 3_500)).map(({ id, calls }) => [id, calls])).toEqual([
        ["mail", 1],
      ]);
      expect(await store.agentsSeen(TenantId.parse("agents-none"), 0)).toEqual([]);
    });

    test("what one agent did comes newest first, up to a limit, and calls that cannot be read are none", async () => {
      const tenant = TenantId.parse("agents-activity");
      await store.insert(
        {
          events: [
            closed(tenant, 1, [read]),
            closed(tenant, 2, [], { body: { uses: "[{" } }),
            closed(tenant, 3, [], {
              source: "tracing",
              kind: "gen_ai.execute_tool",
              exchange: "",
              body: { tool: "shell" },
            }),
            closed(tenant, 4, [read], { agent: "other" }),
          ],
          exchanges: [],
        },
        "activity",
      );
      const query = { agent: "mail", sinceMs: START_MS, limit: 10 };
      const activity = await store.agentActivity(tenant, query);
      expect(activity.map(({ time, source, calls }) => [time, source, calls.map(({ tool }) => tool)])).toEqual([
        [timeOf(3), "tracing", ["shell"]],
        [timeOf(2), "gateway", []],
        [timeOf(1), "gateway", ["read_mail"]],
      ]);
      expect(activity[2]).toEqual({
        time: timeOf(1),
        source: "gateway",
        exchange: idOf(1),
        session: "s-1",
        principal: "user:ada",
        key: "k-1",
        model: "small",
        route: "assistant",
        tokens: 15,
        calls: [read],
      });
      expect((await store.agentActivity(tenant, { ...query, limit: 1 })).map(({ source }) => source)).toEqual([
        "tracing",
      ]);
      expect(await store.agentActivity(tenant, { ...query, agent: "mail'" })).toEqual([]);
    });
  });
};
