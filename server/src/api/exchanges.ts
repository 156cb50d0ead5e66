import {
  EventsPage,
  EventsQuery,
  ExchangeDetail,
  ExchangesPage,
  ExchangesQuery,
  Overview,
  OverviewQuery,
  sinceToMs,
} from "@parapet/model/api";
import { Fault, toTimestamp } from "#platform";
import { shownEvent } from "./answer-hunt.ts";
import { endpoint } from "./endpoint.ts";

export const exchangeEndpoints = [
  endpoint({
    method: "get",
    path: "/exchanges",
    summary: "Exchanges, newest first",
    role: "viewer",
    query: ExchangesQuery,
    answer: ExchangesPage,
    handle: async ({ tools, tenant, query }) => {
      const { items, next } = await tools.events.listExchanges(tenant, query);
      return { items: [...items], ...(next !== undefined && { next }) };
    },
  }),
  endpoint({
    method: "get",
    path: "/exchanges/{id}",
    summary: "One exchange with segments, matches, coverage receipt and evidence",
    role: "analyst",
    answer: ExchangeDetail,
    handle: async ({ tools, tenant, params }) => {
      const detail = await tools.readExchange(tenant, params["id"] ?? "");
      if (detail === undefined) throw new Fault("not_found");
      return detail;
    },
  }),
  endpoint({
    method: "get",
    path: "/events",
    summary: "Events, newest first",
    role: "analyst",
    query: EventsQuery,
    answer: EventsPage,
    handle: async ({ tools, tenant, query }) => {
      const { items, next } = await tools.events.listEvents(tenant, query);
      return { items: items.map(shownEvent), ...(next !== undefined && { next }) };
    },
  }),
  endpoint({
    method: "get",
    path: "/overview",
    summary: "What happened, what was stopped, what could not be seen, latency added",
    role: "viewer",
    query: OverviewQuery,
    answer: Overview,
    handle: async ({ tools, tenant, query }) => {
      const nowMs = tools.clock.now();
      const sinceMs = sinceToMs(query.since, nowMs);
      const [overview, ledger, openFindings] = await Promise.all([
        tools.events.overview(tenant, sinceMs, nowMs),
        tools.ledger.status(),
        tools.control.countOpenFindings(tenant),
      ]);
      const { pending, lost } = tools.spool.status();
      const counts = new Map(overview.routes.map((row) => [row.route, row]));
      return {
        since: toTimestamp(sinceMs),
        ...overview,
        series: [...overview.series],
        topPolicies: [...overview.topPolicies],
        topPrincipals: [...overview.topPrincipals],
        openFindings,
        routes: tools.routes.map((route) => ({
          route: route.id,
          mode: tools.modeOf(route),
          exchanges: counts.get(route.id)?.exchanges ?? 0,
          stopped: counts.get(route.id)?.stopped ?? 0,
        })),
        evidence: {
          size: ledger.size,
          ...(ledger.checkpointAt !== undefined && { checkpointAt: ledger.checkpointAt }),
          spoolLag: pending,
          lost,
        },
        demo: tools.routes.some((route) => route.protocol === "demo"),
      };
    },
  }),
];
