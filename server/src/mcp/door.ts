import type { IncomingMessage, ServerResponse } from "node:http";
import { DEFAULT_TENANT } from "@parapet/model";
import {
  checkBodyHeaders,
  createByteBudget,
  leaveUnread,
  mediaType,
  readBody,
  verdictHeaders,
  type Bounds,
} from "#gateway";
import { Fault, toFault, uuidv7, type Clock, type Logger } from "#platform";
import { mcp } from "#protocols";
import { errorAnswer, faultAnswer } from "./answers.ts";
import type { Caller } from "./caller.ts";
import type { McpEndpoint } from "./endpoint.ts";
import { accepted, type createLegacy, type Visit } from "./legacy.ts";
import { claimsModern, type createModern } from "./modern.ts";

/** Protected resource metadata stands below this path, RFC 9728 §3.1. */
const METADATA_PATH = "/.well-known/oauth-protected-resource";

export interface DoorOptions {
  readonly endpoints: readonly McpEndpoint[];
  readonly admit: (request: IncomingMessage, endpoint: McpEndpoint) => Promise<Caller>;
  readonly legacy: ReturnType<typeof createLegacy>;
  readonly modern: ReturnType<typeof createModern>;
  readonly bounds: Bounds;
  /** Whether a page of this host may call; browsers say where a call comes from. */
  readonly acceptsHost: (host: string | undefined) => boolean;
  /** Called with what was refused before it became an exchange. */
  readonly noteRefusal: (fault: Fault, visit: Pick<Visit, "endpoint" | "request" | "id">) => void;
  readonly measure: (route: string, method: string, ms: number) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** HTTP to MCP: the strict front, whose words count, and to which revision a message belongs. */
export const createDoor = (options: DoorOptions) => {
  const { endpoints, admit, legacy, modern, bounds, logger, clock } = options;
  const budget = createByteBudget(bounds.inFlightBytesMax);
  let inFlight = 0;

  const endpointOf = (url: string): { readonly endpoint: McpEndpoint; readonly rest: string } | undefined => {
    const path = url.split("?", 1)[0] ?? "";
    for (const endpoint of endpoints) {
      const base = endpoint.route.path;
      if (path === base || path.startsWith(`${base}/`)) return { endpoint, rest: url.slice(base.length) };
    }
    return undefined;
  };
  const metadataOf = (url: string): McpEndpoint | undefined =>
    endpoints.find(({ route, door }) => door !== undefined && url === METADATA_PATH + route.path);

  const metadataUrl = ({ route, door }: McpEndpoint): string =>
    door === undefined ? "" : new URL(METADATA_PATH + route.path, route.authorization?.resource).href;

  const checkOrigin = ({ headers }: IncomingMessage): void => {
    const { origin } = headers;
    if (origin === undefined) return;
    const host = URL.parse(origin)?.host;
    if (host === undefined || !options.acceptsHost(host))
      throw new Fault("forbidden", { message: "Pages of this origin may not call.", detail: "origin" });
  };

  const read = async (visit: Visit): Promise<mcp.RpcMessage | undefined> => {
    const { request } = visit;
    const share = budget.open();
    visit.response.on("close", () => share.keepOnly(0));
    checkBodyHeaders(request, "json", bounds.bodyBytesMax, share);
    if (!acceptsBoth(request.headers.accept)) {
      legacy.refuse(visit, 406, mcp.RPC.invalid, "Accept must name application/json and text/event-stream.");
      return undefined;
    }
    const bytes = await readBody(request, bounds.bodyBytesMax, share);
    const message = mcp.readMessage(bytes, bounds.depthMax);
    if (message.ok) return message.message;
    const code = message.code === "not_rpc" ? mcp.RPC.invalid : mcp.RPC.parse;
    legacy.refuse(visit, 400, code, message.reason, message.id ?? null);
    return undefined;
  };

  const post = async (visit: Visit): Promise<string> => {
    const message = await read(visit);
    if (message === undefined) return "none";
    const version = visit.request.headers["mcp-protocol-version"];
    const isModern = version === mcp.MODERN_VERSION;
    if (claimsModern(message) && message.kind === "request") await modern.post(visit, message);
    else if (isModern && message.kind === "request") {
      const sentence = "The header names a revision whose requests carry _meta; this one lacks it.";
      legacy.refuse(visit, 400, mcp.RPC.invalidParams, sentence, message.id);
    } else if (isModern && message.kind === "notification") accepted(visit);
    else if (isModern) legacy.refuse(visit, 400, mcp.RPC.invalid, "In this revision clients do not post answers.");
    else await legacy.post(visit, message);
    return "method" in message &&
      (mcp.CLIENT_REQUESTS.has(message.method) || mcp.CLIENT_NOTIFICATIONS.has(message.method))
      ? message.method
      : message.kind;
  };

  const fail = (error: unknown, visit: Visit): void => {
    const fault = toFault(error);
    const { response, request, endpoint, id } = visit;
    if (fault.code === "internal") logger.error({ exchange: id, error }, "the MCP gateway failed");
    options.noteRefusal(fault, visit);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { member, value } =
      fault.party === "caller" ? errorAnswer(mcp.RPC.invalid, fault.message, { code: fault.code }) : faultAnswer(fault);
    const body = mcp.answerBytes(null, member, value).toString("utf8");
    const isChallenge = fault.status === 401 || (fault.status === 403 && fault.detail === "insufficient_scope");
    const challenge =
      endpoint.door !== undefined && isChallenge
        ? { "www-authenticate": endpoint.door.challenge(fault, metadataUrl(endpoint)) }
        : fault.status === 401
          ? { "www-authenticate": "Bearer" }
          : {};
    response.writeHead(fault.status, {
      ...verdictHeaders(id, undefined, endpoint.route.detail),
      ...challenge,
      ...(fault.retryAfterSeconds !== undefined && { "retry-after": fault.retryAfterSeconds.toString() }),
      ...leaveUnread(request),
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body).toString(),
    });
    response.end(body);
  };

  const enter = async (
    request: IncomingMessage,
    response: ServerResponse,
    endpoint: McpEndpoint,
    rest: string,
  ): Promise<void> => {
    const startedMs = clock.monotonic();
    const visit = { endpoint, request, response, id: uuidv7(clock.now()), startedMs };
    const { method = "" } = request;
    let measured = method;
    inFlight += 1;
    try {
      if (inFlight > bounds.exchangesMax) throw new Fault("overloaded", { retryAfterSeconds: 1 });
      checkOrigin(request);
      if (rest !== "") throw new Fault("unknown_endpoint", { detail: "an MCP endpoint has one path" });
      const caller = await admit(request, endpoint);
      const admitted: Visit = { ...visit, caller };
      if (method === "POST") measured = await post(admitted);
      else if (method === "GET" && mediaTypes(request.headers.accept).has("text/event-stream")) legacy.get(admitted);
      else if (method === "DELETE") await legacy.delete(admitted);
      else response.writeHead(405, { ...verdictHeaders(visit.id, undefined), allow: "POST, GET, DELETE" }).end();
    } catch (error) {
      fail(error, { ...visit, caller: NOBODY });
    } finally {
      inFlight -= 1;
      options.measure(endpoint.route.id, measured, clock.monotonic() - startedMs);
    }
  };

  return {
    owns: (url: string): boolean => endpointOf(url) !== undefined || metadataOf(url) !== undefined,
    handle: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const url = request.url ?? "";
      const described = metadataOf(url);
      if (described?.door !== undefined) {
        const body = described.door.metadata();
        const isRead = request.method === "GET";
        response.writeHead(isRead ? 200 : 405, {
          ...verdictHeaders("", undefined),
          "x-parapet-verdict": "allow",
          "content-type": "application/json",
        });
        response.end(isRead ? body : "");
        return;
      }
      const found = endpointOf(url);
      if (found === undefined) response.writeHead(404).end();
      else await enter(request, response, found.endpoint, found.rest);
    },
    inFlight: () => inFlight,
  };
};

/** Where nobody was admitted. */
const NOBODY: Caller = {
  tenant: DEFAULT_TENANT,
  principal: { kind: "Anonymous", id: "anonymous" },
  address: "",
  owner: "",
};

const mediaTypes = (accept: string | undefined): ReadonlySet<string> =>
  new Set((accept ?? "").split(",", 20).map((one) => mediaType(one)));

const acceptsBoth = (accept: string | undefined): boolean => {
  const types = mediaTypes(accept);
  return types.has("*/*") || (types.has("application/json") && types.has("text/event-stream"));
};
