import {
  Anomaly,
  BaselineSummary,
  BehaviourChange,
  Dimension,
  DriftState,
  ProbeRun,
  type BaselineSettings,
  type TenantId,
} from "@parapet/model";
import {
  BehaviourAccepted,
  BehaviourQuery,
  BehaviourResponse,
  BehaviourSeries,
  BehaviourSeriesQuery,
  DriftResponse,
  type BehaviourSubject,
} from "@parapet/model/api";
import { bandOf, Baseline, metricOf, summarise } from "#detection";
import { Fault, toTimestamp } from "#platform";
import { endpoint } from "./endpoint.ts";
import type { ApiTools } from "./tools.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RECENT_MS = 7 * DAY_MS;
const CHANGES_MS = 28 * DAY_MS;
const ANOMALIES_MAX = 200;
const CHANGES_MAX = 500;

/** Notes of one kind that still parse: what an older version wrote is as if it were not there. */
const readNotes = async <T>(
  { control }: ApiTools,
  tenant: TenantId,
  kind: string,
  schema: { readonly safeParse: (data: unknown) => { success: true; data: T } | { success: false } },
  filter: Parameters<ApiTools["control"]["listNotes"]>[2] = {},
): Promise<readonly T[]> =>
  (await control.listNotes(tenant, kind, filter)).flatMap(({ data }) => {
    const parsed = schema.safeParse(data);
    return parsed.success ? [parsed.data] : [];
  });

const subjectKey = (dimension: string, id: string): string => `${dimension} ${id}`;

const subjectOf = (summary: BaselineSummary, settings: BaselineSettings, anomalies: number): BehaviourSubject => ({
  ...summary,
  hoursNeeded: settings.hoursNeeded,
  daysNeeded: settings.daysNeeded,
  anomalies,
});

const newestRun = async (tools: ApiTools, tenant: TenantId, probe: string): Promise<DriftResponse["probes"]> => {
  const runs = await readNotes(tools, tenant, "probe", ProbeRun, { subject: `probe ${probe}`, limit: 1 });
  return runs.map(({ answers: _answers, ...run }) => run);
};

const findBaseline = async (tools: ApiTools, tenant: TenantId, params: Readonly<Record<string, string>>) => {
  const dimension = Dimension.safeParse(params["dimension"]);
  if (!dimension.success) throw new Fault("not_found");
  const id = subjectKey(dimension.data, params["id"] ?? "");
  const [baseline] = await readNotes(tools, tenant, "baseline", Baseline, { ids: [id] });
  if (baseline === undefined) throw new Fault("not_found");
  return baseline;
};

export const behaviourEndpoints = [
  endpoint({
    method: "get",
    path: "/behaviour",
    summary: "What is learned of whom, and what was out of the ordinary",
    role: "viewer",
    query: BehaviourQuery,
    answer: BehaviourResponse,
    handle: async ({ tools, tenant, query }) => {
      const since = toTimestamp(tools.clock.now() - RECENT_MS);
      const anomalies = await readNotes(tools, tenant, "anomaly", Anomaly, { since });
      const counts = new Map<string, number>();
      for (const { dimension, subject } of anomalies)
        counts.set(subjectKey(dimension, subject), (counts.get(subjectKey(dimension, subject)) ?? 0) + 1);
      const { enabled, baselines: settings } = tools.behaviour;
      const q = query.q?.toLowerCase();
      const all = await readNotes(tools, tenant, "baseline-summary", BaselineSummary);
      const wanted = all.filter(
        ({ dimension, ready, id }) =>
          (query.dimension === undefined || dimension === query.dimension) &&
          (query.state === undefined || ready === (query.state === "ready")) &&
          (q === undefined || id.toLowerCase().includes(q)),
      );
      const items = wanted
        .map((one) => subjectOf(one, settings, counts.get(subjectKey(one.dimension, one.id)) ?? 0))
        .toSorted((a, b) => b.anomalies - a.anomalies || b.eventsPerDay - a.eventsPerDay || (a.id < b.id ? -1 : 1));
      const ready = wanted.filter((one) => one.ready).length;
      return {
        enabled,
        ready,
        learning: wanted.length - ready,
        items: items.slice(0, query.limit),
        anomalies: anomalies
          .filter(({ dimension }) => query.dimension === undefined || dimension === query.dimension)
          .slice(0, ANOMALIES_MAX),
      };
    },
  }),
  endpoint({
    method: "get",
    path: "/behaviour/{dimension}/{id}",
    summary: "One subject hour by hour, with what is expected, anomalies and changes",
    role: "viewer",
    query: BehaviourSeriesQuery,
    answer: BehaviourSeries,
    handle: async ({ tools, tenant, params, query }) => {
      const baseline = await findBaseline(tools, tenant, params);
      const { dimension, id } = baseline;
      const untilMs = Math.floor(tools.clock.now() / HOUR_MS) * HOUR_MS + HOUR_MS;
      const fromMs = untilMs - query.days * DAY_MS;
      const subject = subjectKey(dimension, id);
      const since = toTimestamp(fromMs);
      const points: BehaviourSeries["points"] = [];
      for await (const rows of tools.events.scanHourly(tenant, { dimension, ids: [id], fromMs, untilMs }))
        for (const row of rows)
          points.push({
            time: toTimestamp(row.hourMs),
            seen: metricOf(row, query.metric),
            ...bandOf(baseline, query.metric, row),
          });
      const anomalies = await readNotes(tools, tenant, "anomaly", Anomaly, { subject, since });
      const changes = await readNotes(tools, tenant, "change", BehaviourChange, { since });
      const drift = await readNotes(tools, tenant, "drift", DriftState, { subject });
      return {
        subject: subjectOf(summarise(baseline), tools.behaviour.baselines, anomalies.length),
        metric: query.metric,
        points,
        anomalies: [...anomalies],
        changes: changes
          .filter((one) => one.subject === "" || one.subject === id || one.touches.includes(id))
          .slice(0, CHANGES_MAX),
        drift: drift.toSorted((a, b) => b.strength - a.strength),
      };
    },
  }),
  endpoint({
    method: "post",
    path: "/behaviour/{dimension}/{id}/accept",
    summary: "Take how a subject behaves now as its normal: its days count again, its reference is frozen anew",
    role: "analyst",
    answer: BehaviourAccepted,
    audit: "behaviour.accepted",
    handle: async ({ tools, tenant, params, note }) => {
      const { reference: _old, ...baseline } = await findBaseline(tools, tenant, params);
      const subject = subjectKey(baseline.dimension, baseline.id);
      const own = await tools.control.listNotes(tenant, "anomaly", { subject });
      await tools.control.deleteNotes(tenant, { kind: "anomaly", ids: own.map(({ id }) => id) });
      // Learned anew on the next day, from all days and without a bound from before.
      const time = toTimestamp(baseline.learnedMs);
      await tools.control.putNotes(tenant, [
        { kind: "baseline", id: subject, subject, time, data: baseline },
        { kind: "baseline-summary", id: subject, subject, time, data: summarise(baseline) },
      ]);
      note(subject, { anomalies: own.length });
      return { anomalies: own.length };
    },
  }),
  endpoint({
    method: "get",
    path: "/drift",
    summary: "Distributions of models and routes against their reference, and the changes that may have moved them",
    role: "viewer",
    answer: DriftResponse,
    handle: async ({ tools, tenant }) => {
      const items = await readNotes(tools, tenant, "drift", DriftState);
      const since = toTimestamp(tools.clock.now() - CHANGES_MS);
      const changes = await readNotes(tools, tenant, "change", BehaviourChange, { since, limit: CHANGES_MAX });
      return {
        items: items.toSorted((a, b) => Number(b.drifting) - Number(a.drifting) || b.strength - a.strength),
        changes: [...changes],
        probes: (await Promise.all(tools.probes.map((probe) => newestRun(tools, tenant, probe)))).flat(),
      };
    },
  }),
];
