import { expandReceipt, type RouteConfiguration } from "@parapet/model";
import type { InspectRequest, InspectResponse } from "@parapet/model/api";
import type { Inspector } from "#detectors";
import { inspectTexts } from "#pipeline";
import type { PolicySet } from "#policy";

/** `POST /api/v1/inspect` and the command `inspect`: detectors and policies over loose texts, as an enforcing route would. */
export const answerInspect = (
  { segments, route }: InspectRequest,
  inspector: Inspector,
  policies: PolicySet,
  routes: readonly RouteConfiguration[] = [],
): InspectResponse => {
  const { inspected, matches } = inspectTexts(inspector, segments);
  const isResponse = segments.every(({ provenance }) => provenance === "model");
  const { verdict } = policies.decide({
    tenant: "default",
    principal: { kind: "Anonymous", id: "anonymous" },
    agent: "",
    key: "",
    action: isResponse ? "response" : "request",
    route: route ?? "inspect",
    protocol: routes.find(({ id }) => id === route)?.protocol ?? "openai",
    model: "",
    mode: "enforce",
    matches: matches.map((match) => ({ match, provenance: match.provenance })),
    unscannable: inspected.unscannable,
    session: { id: "", risk: 0, known: false },
    streamed: false,
  });
  return {
    verdict: verdict.action,
    ...(verdict.policy !== undefined && { policy: verdict.policy }),
    matches: [...matches],
    receipt: expandReceipt(inspected.receipt),
  };
};
