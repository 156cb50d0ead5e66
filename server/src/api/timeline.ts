import type { Event, RelatedName } from "@parapet/model";
import { LinkRules, PrecedingEvents, sinceToMs, Timeline, TimelineQuery } from "@parapet/model/api";
import { namesOf, precedingOf } from "#links";
import { Fault } from "#platform";
import type { EventNames } from "#storage";
import { endpoint } from "./endpoint.ts";
import { shownEvent } from "./shown-event.ts";

/** Links under this are guesses: they are left out of what is joined. */
const SURE = 0.5;
const PRECEDING_MS = 600_000;
const CANDIDATES_MAX = 2_000;
const PRECEDING_MAX = 50;

const PLACES: readonly (readonly [string, keyof EventNames])[] = [
  ["agent:", "agents"],
  ["pod:", "pods"],
  ["workload:", "workloads"],
  ["address:", "addresses"],
  ["session:", "sessions"],
  ["trace:", "traces"],
  ["asset:", "assets"],
];

/** Names as they stand in links, by where they stand in events. What has no other place is a principal. */
const eventNames = (names: readonly string[]): EventNames => {
  const found: Partial<Record<keyof EventNames, string[]>> = {};
  for (const name of names) {
    const [prefix, place] = PLACES.find(([start]) => name.startsWith(start)) ?? ["", "principals" as const];
    (found[place] ??= []).push(name.slice(prefix.length));
    // An agent may also act under its own name.
    if (place === "agents") (found.principals ??= []).push(name);
  }
  return found;
};

const withJoins = (event: Event, related: readonly RelatedName[]): EventNames => ({
  ...eventNames([...namesOf(event), ...related.map(({ name }) => name)]),
  ...(event.trace !== undefined && { traces: [event.trace] }),
  ...(event.session !== undefined && { sessions: [event.session] }),
});

export const timelineEndpoints = [
  endpoint({
    method: "get",
    path: "/links/rules",
    summary: "How names that belong together are found",
    role: "viewer",
    answer: LinkRules,
    handle: ({ tools }) => ({ items: [...tools.linkRules] }),
  }),
  endpoint({
    method: "get",
    path: "/timeline",
    summary: "What a principal, agent, workload, session or trace did, across all sources, newest first",
    role: "analyst",
    query: TimelineQuery,
    answer: Timeline,
    handle: async ({ tools, tenant, query: { name, since, limit } }) => {
      const nowMs = tools.clock.now();
      const related = tools.relatedNames(tenant, name, SURE);
      const names = eventNames([name, ...related.map((one) => one.name)]);
      const window = { fromMs: sinceToMs(since, nowMs), toMs: nowMs, limit: limit + 1 };
      const events = await tools.events.eventsOfNames(tenant, names, window);
      return {
        name,
        names: [...related],
        events: events.slice(0, limit).map(shownEvent),
        more: events.length > limit,
      };
    },
  }),
  endpoint({
    method: "get",
    path: "/events/{id}/preceding",
    summary: "What came before an event on its trace, session, agent or workload, surest first",
    role: "analyst",
    answer: PrecedingEvents,
    handle: async ({ tools, tenant, params }) => {
      const event = await tools.events.getEvent(tenant, params["id"] ?? "");
      if (event === undefined) throw new Fault("not_found");
      const related = namesOf(event).flatMap((name) => tools.relatedNames(tenant, name, SURE));
      const toMs = Date.parse(event.time);
      const candidates = await tools.events.eventsOfNames(tenant, withJoins(event, related), {
        fromMs: toMs - PRECEDING_MS,
        toMs,
        limit: CANDIDATES_MAX,
      });
      const items = precedingOf(event, candidates, related, PRECEDING_MS)
        .slice(0, PRECEDING_MAX)
        .map((one) => ({ ...one, event: shownEvent(one.event) }));
      return { event: shownEvent(event), windowSeconds: PRECEDING_MS / 1_000, items };
    },
  }),
];
