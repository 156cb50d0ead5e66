import { Finding } from "@parapet/model";
import {
  ApprovalDetail,
  ApprovalLinkDetail,
  ApprovalsPage,
  AgentDetail,
  AgentsResponse,
  ToolPinsAnswer,
  BehaviourResponse,
  BehaviourSeries,
  CurrentUser,
  DeadLettersPage,
  DemoSteps,
  DriftResponse,
  EvidenceStatus,
  ExchangeDetail,
  ExchangesPage,
  Coverage,
  ExceptionsList,
  FindingsPage,
  FindingsQueue,
  LinkRules,
  PrecedingEvents,
  RuleChangeDetail,
  RuleChanges,
  RuleRecords,
  Timeline,
  KeysResponse,
  Overview,
  PoliciesResponse,
  RuleDetail,
  RulesResponse,
  RouteModePreview,
  SelfTestRunDetail,
  SelfTestRuns,
  Settings,
  Sources,
} from "@parapet/model/api";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { ExchangesSearch, FindingsSearch } from "../search/params.ts";
import { queryString, read, request, setCsrf } from "./client.ts";
import { ProblemError } from "./problem.ts";

const PAGE_SIZE = 100;
const REFRESH_MS = 15_000;

/** Who is signed in; `null` when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => {
    const result = await request("GET", "/session", CurrentUser, undefined, signal);
    if (result.ok) {
      setCsrf(result.value.csrf);
      return result.value;
    }
    if (result.problem.status === 401) return null;
    throw new ProblemError(result.problem);
  },
  staleTime: Number.POSITIVE_INFINITY,
});

export const overviewQuery = (since: string) =>
  queryOptions({
    queryKey: ["overview", since],
    queryFn: ({ signal }) => read(`/overview${queryString({ since })}`, Overview, signal),
    refetchInterval: REFRESH_MS,
  });

export const demoQuery = queryOptions({
  queryKey: ["demo"],
  queryFn: ({ signal }) => read("/demo", DemoSteps, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export type ExchangeFilters = Omit<ExchangesSearch, "selected"> & { readonly since: string };

export const exchangesPath = (filters: ExchangeFilters, limit: number, cursor: string | undefined): string =>
  `/exchanges${queryString({ ...filters, limit, cursor })}`;

export const exchangesQuery = (filters: ExchangeFilters) =>
  infiniteQueryOptions({
    queryKey: ["exchanges", filters],
    queryFn: ({ pageParam, signal }) =>
      read(exchangesPath(filters, PAGE_SIZE, pageParam || undefined), ExchangesPage, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

export const exchangeQuery = (id: string) =>
  queryOptions({
    queryKey: ["exchange", id],
    queryFn: ({ signal }) => read(`/exchanges/${encodeURIComponent(id)}`, ExchangeDetail, signal),
    // Open exchanges go on, and a fresh leaf waits for its checkpoint: look again until both are done.
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && (data.state === "open" || !data.evidence?.checkpoint) ? 3_000 : false,
  });

export const findingsQueueQuery = queryOptions({
  queryKey: ["findings", "queue"],
  queryFn: ({ signal }) => read("/findings/queue", FindingsQueue, signal),
  refetchInterval: REFRESH_MS,
});

const APPROVALS_REFRESH_MS = 3_000;

export const approvalsQuery = queryOptions({
  queryKey: ["approvals"],
  queryFn: ({ signal }) => read(`/approvals${queryString({ limit: PAGE_SIZE })}`, ApprovalsPage, signal),
  refetchInterval: APPROVALS_REFRESH_MS,
});

export const toolPinsQuery = queryOptions({
  queryKey: ["tool-pins"],
  queryFn: ({ signal }) => read("/tools", ToolPinsAnswer, signal),
  refetchInterval: APPROVALS_REFRESH_MS,
});

export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ["approvals", id],
    queryFn: ({ signal }) => read(`/approvals/${encodeURIComponent(id)}`, ApprovalDetail, signal),
    refetchInterval: ({ state: { data } }) =>
      data === undefined || data.state === "pending" || data.state === "approved" ? APPROVALS_REFRESH_MS : false,
  });

/** By a signed link, for who is not signed in. Asked for once: who reads does not change it. */
export const approvalLinkQuery = (token: string) =>
  queryOptions({
    queryKey: ["approval-link", token],
    queryFn: async ({ signal }) => {
      const result = await request("POST", "/approval-links/show", ApprovalLinkDetail, { token }, signal);
      if (!result.ok) throw new ProblemError(result.problem);
      return result.value;
    },
  });

export const exceptionsQuery = queryOptions({
  queryKey: ["findings", "exceptions"],
  queryFn: ({ signal }) => read("/exceptions", ExceptionsList, signal),
});

export const ruleRecordsQuery = (days: number) =>
  queryOptions({
    queryKey: ["findings", "rules", days],
    queryFn: ({ signal }) => read(`/findings/rules${queryString({ days })}`, RuleRecords, signal),
  });

export const findingsQuery = (search: Pick<FindingsSearch, "status" | "severity" | "rule">) =>
  infiniteQueryOptions({
    queryKey: ["findings", search],
    queryFn: ({ pageParam, signal }) => {
      const { status, severity, rule } = search;
      const query = {
        status: status === "all" || status === "open" ? undefined : status,
        severity,
        rule,
        limit: PAGE_SIZE,
        cursor: pageParam || undefined,
      };
      return read(`/findings${queryString(query)}`, FindingsPage, signal);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: REFRESH_MS,
  });

export const findingQuery = (id: string) =>
  queryOptions({
    queryKey: ["finding", id],
    queryFn: ({ signal }) => read(`/findings/${encodeURIComponent(id)}`, Finding, signal),
  });

export const timelineQuery = (name: string, since: string) =>
  queryOptions({
    queryKey: ["timeline", name, since],
    queryFn: ({ signal }) => read(`/timeline${queryString({ name, since })}`, Timeline, signal),
    refetchInterval: REFRESH_MS,
  });

export const ruleChangesQuery = queryOptions({
  queryKey: ["rule-changes"],
  queryFn: ({ signal }) => read("/rule-changes", RuleChanges, signal),
});

export const ruleChangeQuery = (id: string) =>
  queryOptions({
    queryKey: ["rule-changes", id],
    queryFn: ({ signal }) => read(`/rule-changes/${encodeURIComponent(id)}`, RuleChangeDetail, signal),
  });

export const coverageQuery = (since: string) =>
  queryOptions({
    queryKey: ["coverage", since],
    queryFn: ({ signal }) => read(`/coverage${queryString({ since })}`, Coverage, signal),
  });

export const linkRulesQuery = queryOptions({
  queryKey: ["link-rules"],
  queryFn: ({ signal }) => read("/links/rules", LinkRules, signal),
});

export const precedingQuery = (event: string) =>
  queryOptions({
    queryKey: ["preceding", event],
    queryFn: ({ signal }) => read(`/events/${encodeURIComponent(event)}/preceding`, PrecedingEvents, signal),
  });

export const policiesQuery = queryOptions({
  queryKey: ["policies"],
  queryFn: ({ signal }) => read("/policies", PoliciesResponse, signal),
});

export const rulesQuery = queryOptions({
  queryKey: ["rules"],
  queryFn: ({ signal }) => read("/rules", RulesResponse, signal),
  refetchInterval: REFRESH_MS,
});

export const ruleQuery = (key: string) =>
  queryOptions({
    queryKey: ["rules", key],
    queryFn: ({ signal }) => read(`/rules/${encodeURIComponent(key)}`, RuleDetail, signal),
  });

export const modePreviewQuery = (route: string, mode: string, since: string) =>
  queryOptions({
    queryKey: ["mode-preview", route, mode, since],
    queryFn: ({ signal }) =>
      read(
        `/routes/${encodeURIComponent(route)}/mode-preview${queryString({ mode, since })}`,
        RouteModePreview,
        signal,
      ),
  });

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => read("/keys", KeysResponse, signal),
});

export const evidenceQuery = queryOptions({
  queryKey: ["evidence"],
  queryFn: ({ signal }) => read("/evidence", EvidenceStatus, signal),
  refetchInterval: REFRESH_MS,
});

/** Whether one goes on, and which run is the newest. */
export const selfTestQuery = queryOptions({
  queryKey: ["self-test"],
  queryFn: ({ signal }) => read(`/self-test/runs${queryString({ limit: 1 })}`, SelfTestRuns, signal),
  refetchInterval: ({ state: { data } }) => (data?.running === undefined ? REFRESH_MS : 1_000),
});

const RUNS_SHOWN = 60;

/** Read again only when there is a newer run than `newest`. */
export const selfTestRunsQuery = (newest: string) =>
  queryOptions({
    queryKey: ["self-test", "runs", newest],
    queryFn: ({ signal }) => read(`/self-test/runs${queryString({ limit: RUNS_SHOWN })}`, SelfTestRuns, signal),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

export const selfTestRunQuery = (id: string) =>
  queryOptions({
    queryKey: ["self-test", "run", id],
    queryFn: ({ signal }) => read(`/self-test/runs/${encodeURIComponent(id)}`, SelfTestRunDetail, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

const AGENTS_REFRESH_MS = 30_000;
const BEHAVIOUR_REFRESH_MS = 60_000;

export const behaviourQuery = queryOptions({
  queryKey: ["behaviour"],
  queryFn: ({ signal }) => read("/behaviour", BehaviourResponse, signal),
  refetchInterval: BEHAVIOUR_REFRESH_MS,
});

export const behaviourSeriesQuery = (dimension: string, id: string, metric: string, days: string) =>
  queryOptions({
    queryKey: ["behaviour", dimension, id, metric, days],
    queryFn: ({ signal }) =>
      read(
        `/behaviour/${encodeURIComponent(dimension)}/${encodeURIComponent(id)}${queryString({ metric, days })}`,
        BehaviourSeries,
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export const driftQuery = queryOptions({
  queryKey: ["drift"],
  queryFn: ({ signal }) => read("/drift", DriftResponse, signal),
  refetchInterval: BEHAVIOUR_REFRESH_MS,
});

export const agentsQuery = (days: number) =>
  queryOptions({
    queryKey: ["agents", "all", days],
    queryFn: ({ signal }) => read(`/agents${queryString({ days })}`, AgentsResponse, signal),
    refetchInterval: AGENTS_REFRESH_MS,
  });

export const agentQuery = (agent: string, days: string) =>
  queryOptions({
    queryKey: ["agents", agent, days],
    queryFn: ({ signal }) => read(`/agents/${encodeURIComponent(agent)}${queryString({ days })}`, AgentDetail, signal),
    placeholderData: keepPreviousData,
  });

export const sourcesQuery = queryOptions({
  queryKey: ["sources"],
  queryFn: ({ signal }) => read("/sources", Sources, signal),
  refetchInterval: 5_000,
});

export const deadLettersQuery = (source: string) =>
  queryOptions({
    queryKey: ["sources", source, "dead-letters"],
    queryFn: ({ signal }) =>
      read(`/sources/${encodeURIComponent(source)}/dead-letters${queryString({ limit: 50 })}`, DeadLettersPage, signal),
  });

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => read("/settings", Settings, signal),
});
