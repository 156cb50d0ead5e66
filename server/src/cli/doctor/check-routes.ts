import {
  answersItself,
  failureMode,
  UNSCANNABLE_KINDS,
  unscannableAction,
  type RouteConfiguration,
  type UnscannableKind,
} from "@parapet/model";
import { resolveCredential, type LoadedConfiguration } from "#compose";
import { DETECTORS } from "#detectors";
import { a2a, mcp, protocolNamed, type Protocol } from "#protocols";
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
  if (route.upstream === undefined || answersItself(route)) {
    const what =
      route.protocol === "demo" ? "answers from the built-in scripted model" : "a guard: other gateways ask it";
    return [ok("reachable", route.id, what)];
  }
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

const WORDS_OF_KIND: Readonly<Record<UnscannableKind, string>> = {
  image: "images",
  audio: "audio",
  video: "video",
  document: "documents that cannot be read",
  numbers: "token ids, embeddings and tensors in place of words",
  kept: "what the provider keeps or fetches",
  encrypted: "what only the provider can decrypt",
  other: "parts of unknown kinds",
};

const NAMED_MAX = 24;

/** What reads a body, by name where there are few. */
const endpointsOf = (all: Protocol["endpoints"], protocol: string): string => {
  const reading = all.filter(({ body }) => body !== "none").map(({ name }) => name);
  return reading.length > NAMED_MAX
    ? `${reading.length} endpoints (docs/protocols/${protocol}.md)`
    : `${reading.join(", ")}; ${all.length - reading.length} without a body`;
};

/** What a caller may ask for by mistake, where the protocol has a word on it. */
const deniedOf = ({ denied = [] }: Pick<Protocol, "denied">): string =>
  denied.length === 0 ? "" : ` (${denied.map(({ what }) => what).join(", ")})`;

const coverageOf = (route: RouteConfiguration): CheckLine[] => {
  const protocol = protocolNamed(route.protocol);
  const endpoints =
    route.protocol === "mcp"
      ? [...mcp.CLIENT_REQUESTS.keys()].join(", ")
      : route.protocol === "a2a"
        ? [...a2a.OPERATIONS.keys()].join(", ")
        : endpointsOf(protocol?.endpoints ?? [], route.protocol);
  const manner = `${route.mode}, on_failure ${failureMode(route)}, evidence ${route.evidence}, capture ${route.capture}`;
  const passing = UNSCANNABLE_KINDS.filter((kind) => unscannableAction(route, kind) === "allow");
  const unreadable =
    passing.length === 0
      ? "what cannot be read (images, audio, encrypted or broken files) is refused"
      : `passes uninspected and is recorded so: ${passing.map((kind) => WORDS_OF_KIND[kind]).join(", ")}`;
  const lines = [
    route.inspect
      ? ok(
          "covered",
          route.id,
          `${endpoints}; every text of requests, tool calls and responses, and of PDF, office and text documents in requests, by ${DETECTORS.length} detectors; other endpoints${deniedOf(protocol ?? {})} are denied`,
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
      passing.length === 0
        ? ok("covered", route.id, unreadable)
        : attention(
            "covered",
            route.id,
            unreadable,
            "set unscannable: block, or one word per kind, where nobody needs them",
          ),
    );
  if (route.guard === "ext-proc")
    lines.push(ok("covered", route.id, "a guard of requests and answers, as far as Envoy shows them"));
  if (route.guard === "ext-authz")
    lines.push(
      attention(
        "covered",
        route.id,
        "a guard of requests: answers are not seen, and what would be redacted is denied",
        "let requests go through a route with an upstream where answers matter",
      ),
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
