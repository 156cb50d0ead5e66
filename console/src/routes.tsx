import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from "@tanstack/react-router";
import { NotFound, RouteFailed } from "./components/shell/route-states.tsx";
import { Shell } from "./components/shell/shell.tsx";
import {
  AgentsSearch,
  CoverageSearch,
  BehaviourSearch,
  ExchangeSearch,
  ExchangesSearch,
  FindingsSearch,
  HuntSearch,
  OverviewSearch,
  parseSearch,
  PoliciesSearch,
  RulesSearch,
  SelfTestSearch,
  SessionSearch,
  ShellSearch,
  stringifySearch,
  TimelineSearch,
} from "./search/params.ts";

const shell = createRootRoute({
  component: Shell,
  validateSearch: (search) => ShellSearch.parse(search),
  search: { middlewares: [retainSearchParams<ShellSearch>(["since"])] },
});
const parent = { getParentRoute: () => shell };

// prettier-ignore
const pages = [
  createRoute({ ...parent, path: "/", validateSearch: (search) => OverviewSearch.parse(search), component: lazyRouteComponent(() => import("./pages/overview/page.tsx"), "OverviewPage") }),
  createRoute({ ...parent, path: "/findings", validateSearch: (search) => FindingsSearch.parse(search), component: lazyRouteComponent(() => import("./pages/findings/page.tsx"), "FindingsPage") }),
  createRoute({ ...parent, path: "/findings/$id", component: lazyRouteComponent(() => import("./pages/findings/finding-page.tsx"), "FindingPage") }),
  createRoute({ ...parent, path: "/approvals", component: lazyRouteComponent(() => import("./pages/approvals/page.tsx"), "ApprovalsPage") }),
  createRoute({ ...parent, path: "/approvals/$id", component: lazyRouteComponent(() => import("./pages/approvals/approval-page.tsx"), "ApprovalPage") }),
  createRoute({ ...parent, path: "/tools", component: lazyRouteComponent(() => import("./pages/tools/page.tsx"), "ToolsPage") }),
  createRoute({ ...parent, path: "/exchanges", validateSearch: (search) => ExchangesSearch.parse(search), component: lazyRouteComponent(() => import("./pages/exchanges/page.tsx"), "ExchangesPage") }),
  createRoute({ ...parent, path: "/exchanges/$id", validateSearch: (search) => ExchangeSearch.parse(search), component: lazyRouteComponent(() => import("./pages/exchange/page.tsx"), "ExchangePage") }),
  createRoute({ ...parent, path: "/session", validateSearch: (search) => SessionSearch.parse(search), component: lazyRouteComponent(() => import("./pages/session/page.tsx"), "SessionPage") }),
  createRoute({ ...parent, path: "/policies", validateSearch: (search) => PoliciesSearch.parse(search), component: lazyRouteComponent(() => import("./pages/policies/page.tsx"), "PoliciesPage") }),
  createRoute({ ...parent, path: "/agents", validateSearch: (search) => AgentsSearch.parse(search), component: lazyRouteComponent(() => import("./pages/agents/page.tsx"), "AgentsPage") }),
  createRoute({ ...parent, path: "/rules", validateSearch: (search) => RulesSearch.parse(search), component: lazyRouteComponent(() => import("./pages/rules/page.tsx"), "RulesPage") }),
  createRoute({ ...parent, path: "/hunt", validateSearch: (search) => HuntSearch.parse(search), component: lazyRouteComponent(() => import("./pages/hunt/page.tsx"), "HuntPage") }),
  createRoute({ ...parent, path: "/self-test", validateSearch: (search) => SelfTestSearch.parse(search), component: lazyRouteComponent(() => import("./pages/self-test/page.tsx"), "SelfTestPage") }),
  createRoute({ ...parent, path: "/behaviour", validateSearch: (search) => BehaviourSearch.parse(search), component: lazyRouteComponent(() => import("./pages/behaviour/page.tsx"), "BehaviourPage") }),
  createRoute({ ...parent, path: "/sources", component: lazyRouteComponent(() => import("./pages/sources/page.tsx"), "SourcesPage") }),
  createRoute({ ...parent, path: "/keys", component: lazyRouteComponent(() => import("./pages/keys/page.tsx"), "KeysPage") }),
  createRoute({ ...parent, path: "/coverage", validateSearch: (search) => CoverageSearch.parse(search), component: lazyRouteComponent(() => import("./pages/coverage/page.tsx"), "CoveragePage") }),
  createRoute({ ...parent, path: "/timeline", validateSearch: (search) => TimelineSearch.parse(search), component: lazyRouteComponent(() => import("./pages/timeline/page.tsx"), "TimelinePage") }),
  createRoute({ ...parent, path: "/evidence", component: lazyRouteComponent(() => import("./pages/evidence/page.tsx"), "EvidencePage") }),
  createRoute({ ...parent, path: "/settings", component: lazyRouteComponent(() => import("./pages/settings/page.tsx"), "SettingsPage") }),
] as const;

export const router = createRouter({
  routeTree: shell.addChildren(pages),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: RouteFailed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
