import { failureMode, type RouteConfiguration } from "@parapet/model";
import { resolveCredential, type LoadedConfiguration } from "#compose";
import { DETECTORS } from "#detectors";
import { mcp, protocolNamed } from "#protocols";
import { attention, broken, ok, type CheckLine } from "./check-line.ts";
import { reachUpstream } from "./reach-upstream.ts";

/** Whether each upstream can be reached and has a credential, all at once. */
export const checkUpstreams = async (
  { configuration }: LoadedConfiguration,
  env: NodeJS.ProcessEnv,
  stored: ReadonlySet<string>,
): Promise<readonly CheckLine[]> => {
  const lines = await Promise.all(configuration.routes.map((route) => checkUpstream(route, env, stored)));
  return lines.flat();
};

const checkUpstream = async (
  route: RouteConfiguration,
  env: NodeJS.ProcessEnv,
  stored: ReadonlySet<string>,
): Promise<readonly CheckLine[]> => {
  if (route.servers !== undefined) return [];
  if (route.upstream === undefined) return [ok("reachable", route.id, "answers from the built-in scripted model")];
  const reached = await reachUpstream(route.upstream, route.allow_private_upstream);
  const host = URL.parse(route.upstream)?.host ?? route.upstream;
  const credential = resolveCredential(route, env, (name) => (stored.has(name) ? "stored" : undefined));
  return [
    reached.ok
      ? ok("reachable", route.id, `${host} accepts connections`)
      : broken(
          "reachable",
          route.id,
          `${host}: ${reached.why}`,
          "check the upstream's address, DNS, the firewall and its certificate",
        ),
    credential.ok
      ? ok(
          "credential",
          route.id,
          route.credential === undefined
            ? "none is sent"
            : route.credential === "caller"
              ? "the caller's own is passed on"
              : "there is one",
        )
      : broken("credential", route.id, credential.message, "without it the upstream refuses every call"),
  ];
};

/** What is looked at on each route and what is not: the question after every incident. */
export const checkCoverage = ({ configuration }: LoadedConfiguration): readonly CheckLine[] =>
  configuration.routes.flatMap(coverageOf);

const coverageOf = (route: RouteConfiguration): CheckLine[] => {
  const protocol = protocolNamed(route.protocol);
  const endpoints =
    route.protocol === "mcp"
      ? [...mcp.CLIENT_REQUESTS.keys()].join(", ")
      : (protocol?.endpoints ?? []).map(({ name }) => name).join(", ");
  const manner = `${route.mode}, on_failure ${failureMode(route)}, evidence ${route.evidence}, capture ${route.capture}`;
  const unreadable =
    route.unscannable === "block"
      ? "images, audio and files are refused"
      : "images, audio and files pass uninspected and are recorded so";
  const lines = [
    route.inspect
      ? ok(
          "covered",
          route.id,
          `${endpoints}; every text of requests, tool calls and responses, by ${DETECTORS.length} detectors; other endpoints are denied`,
        )
      : attention("covered", route.id, "nothing is inspected (inspect: false)", "set inspect: true"),
    route.mode === "observe"
      ? attention(
          "covered",
          route.id,
          `${manner}: nothing is stopped here`,
          "set mode: enforce when the preview in the console looks right",
        )
      : ok("covered", route.id, manner),
  ];
  if (route.inspect)
    lines.push(
      route.unscannable === "block"
        ? ok("covered", route.id, unreadable)
        : attention("covered", route.id, unreadable, "set unscannable: block where nobody needs them"),
    );
  if (route.mode === "enforce" && failureMode(route) === "open") {
    lines.push(
      attention(
        "covered",
        route.id,
        "what cannot be inspected passes although the route enforces",
        "set on_failure: closed",
      ),
    );
  }
  return lines;
};
