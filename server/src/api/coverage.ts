import type { CoverageSource } from "@parapet/model";
import { Coverage, CoverageQuery, sinceToMs } from "@parapet/model/api";
import { computeCoverage, effortOf } from "#coverage";
import { endpoint } from "./endpoint.ts";

const FOUND_DAYS_MS = 365 * 86_400_000;

export const coverageEndpoints = [
  endpoint({
    method: "get",
    path: "/coverage",
    summary: "Which attacks could be seen with what really arrives, and what would close the gaps",
    role: "viewer",
    query: CoverageQuery,
    answer: Coverage,
    handle: async ({ tools, tenant, query: { since } }) => {
      const nowMs = tools.clock.now();
      const [seen, judged] = await Promise.all([
        tools.events.sourcesSeen(tenant, sinceToMs(since, nowMs)),
        tools.control.judgedFindings(tenant, nowMs - FOUND_DAYS_MS),
      ]);
      const lastFound = new Map<string, string>();
      for (const { rule, lastSeen } of judged)
        if (lastSeen > (lastFound.get(rule) ?? "")) lastFound.set(rule, lastSeen);
      const bySource = new Map(seen.map((one) => [one.source, one]));
      const known = new Map(tools.knownSources.map(({ id, title }) => [id, title]));
      for (const { source } of seen) if (source !== "self-test" && !known.has(source)) known.set(source, source);
      const sources = [...known].map(([id, title]): CoverageSource => {
        const one = bySource.get(id);
        return {
          id,
          title,
          effort: effortOf(id),
          events: one?.events ?? 0,
          ...(one !== undefined && { lastEvent: one.last }),
        };
      });
      const signals = tools.signals().map((signal) => {
        const last = lastFound.get(signal.id);
        return { ...signal, ...(last !== undefined && { lastFound: last }) };
      });
      const { items, next } = computeCoverage(tools.frameworks, signals, sources);
      const frameworks = tools.frameworks.map(({ items: _items, ...framework }) => framework);
      return { since, frameworks, items, sources, signals, next };
    },
  }),
];
