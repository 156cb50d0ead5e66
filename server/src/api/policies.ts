import {
  PoliciesResponse,
  PolicyCheck,
  PolicyCheckResult,
  PolicyTestResult,
  RouteModeChange,
  RouteModePreview,
  Since,
  sinceToMs,
} from "@parapet/model/api";
import { Mode, type RouteConfiguration } from "@parapet/model";
import { z } from "zod";
import { Fault } from "#platform";
import { endpoint } from "./endpoint.ts";
import type { ApiTools } from "./tools.ts";

const routeOf = (tools: ApiTools, id: string | undefined): RouteConfiguration => {
  const route = tools.routes.find((one) => one.id === id);
  if (route === undefined) throw new Fault("not_found");
  return route;
};

export const policyEndpoints = [
  endpoint({
    method: "get",
    path: "/policies",
    summary: "Policies in force, problems of their files, and the mode of each route",
    role: "viewer",
    answer: PoliciesResponse,
    handle: ({ tools }) => {
      const { version, policies, diagnostics, loadedAt } = tools.policies();
      const routes = tools.routes.map((route) => ({
        id: route.id,
        path: route.path,
        mode: tools.modeOf(route),
        configuredMode: route.mode,
      }));
      return { version, policies: [...policies], diagnostics: [...diagnostics], loadedAt, routes };
    },
  }),
  endpoint({
    method: "post",
    path: "/policies/check",
    summary: "Diagnostics for a policy text that is not saved",
    role: "viewer",
    body: PolicyCheck,
    answer: PolicyCheckResult,
    audit: "policy.checked",
    handle: ({ tools, body }) => {
      const { diagnostics, policies } = tools.checkPolicy(body.text);
      return { diagnostics: [...diagnostics], policies: [...policies] };
    },
  }),
  endpoint({
    method: "post",
    path: "/policies/test",
    summary: "Run the cases of the policies in force",
    role: "viewer",
    answer: PolicyTestResult,
    audit: "policy.tested",
    handle: ({ tools }) => {
      const cases = [...tools.policies().test()];
      const passed = cases.filter((one) => one.passed).length;
      return { passed, failed: cases.length - passed, cases };
    },
  }),
  endpoint({
    method: "get",
    path: "/routes/{id}/mode-preview",
    summary: "What the other mode would have done",
    role: "viewer",
    query: z.object({ mode: Mode, since: Since.default("7d") }),
    answer: RouteModePreview,
    handle: async ({ tools, tenant, params, query }) => {
      const route = routeOf(tools, params["id"]);
      const preview = await tools.events.modePreview(tenant, route.id, sinceToMs(query.since, tools.clock.now()));
      return { ...preview, byPolicy: [...preview.byPolicy] };
    },
  }),
  endpoint({
    method: "put",
    path: "/routes/{id}/mode",
    summary: "Set a route's mode over the file's",
    role: "administrator",
    body: RouteModeChange,
    answer: z.object({ route: z.string(), mode: Mode }),
    audit: "mode.changed",
    handle: async ({ tools, tenant, params, body, user, note }) => {
      const route = routeOf(tools, params["id"]);
      note(route.id, { from: tools.modeOf(route), to: body.mode });
      await tools.setMode(tenant, route.id, body.mode, user.name);
      return { route: route.id, mode: body.mode };
    },
  }),
];
