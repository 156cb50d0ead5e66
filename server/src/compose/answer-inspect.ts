import { DEFAULT_TENANT, expandReceipt, type RouteConfiguration, type Segment } from "@parapet/model";
import type { InspectRequest, InspectResponse } from "@parapet/model/api";
import type { Inspector } from "#detectors";
import { inspectTexts, isOfResponse, withSecondOpinion, type Inspected, type OpinionTools } from "#pipeline";
import type { PolicySet } from "#policy";

/** `POST /api/v1/inspect` and the command `inspect`: detectors and policies over loose texts, as an enforcing route would. */
export const answerInspect = (
  request: InspectRequest,
  inspector: Inspector,
  policies: PolicySet,
  routes: readonly RouteConfiguration[] = [],
): InspectResponse => decide(request, inspectTexts(inspector, request.segments).inspected, policies, routes);

/** The same, with a second opinion where the detectors are unsure. As on the road, only requests are asked about. */
export const answerInspectWithOpinion = async (
  request: InspectRequest,
  inspector: Inspector,
  policies: PolicySet,
  routes: readonly RouteConfiguration[],
  tools: OpinionTools,
): Promise<InspectResponse> => {
  const { inspected } = inspectTexts(inspector, request.segments);
  const asked = request.segments.flatMap(({ text, provenance }, index): Segment[] =>
    isOfResponse(provenance)
      ? []
      : [{ index, direction: "request", pointer: `/segments/${index}/text`, role: provenance, provenance, text }],
  );
  return decide(
    request,
    (await withSecondOpinion(inspected, asked, DEFAULT_TENANT, tools)) ?? inspected,
    policies,
    routes,
  );
};

const decide = (
  { segments, route }: InspectRequest,
  inspected: Inspected,
  policies: PolicySet,
  routes: readonly RouteConfiguration[],
): InspectResponse => {
  const { matches } = inspected;
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
