import type { IncomingMessage, ServerResponse } from "node:http";
import { verdictHeaders } from "#gateway";
import { toFault, type Logger } from "#platform";
import { mcp } from "#protocols";
import { faultAnswer } from "./answers.ts";
import type { Caller } from "./caller.ts";
import { placeOf, SERVER_INFO, type McpEndpoint } from "./endpoint.ts";
import { createReply, openEvents, type Reply } from "./reply.ts";
import type { Session, Sessions } from "./sessions.ts";

/** One HTTP request at an endpoint, admitted. */
export interface Visit {
  readonly endpoint: McpEndpoint;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  /** Id under which it is found in logs where it became no exchange. */
  readonly id: string;
  readonly startedMs: number;
}

const NEWEST = mcp.LEGACY_VERSIONS[0] ?? "";
/** First revision in which streams begin with an event without a message. */
const PRIMES_FROM = "2025-11-25";

/** The revisions with sessions: `initialize`, `Mcp-Session-Id`, POST, GET and DELETE, streams that can be taken up again. */
export const createLegacy = (sessions: Sessions, logger: Logger) => {
  const refuse = (
    { response, id, endpoint }: Visit,
    status: number,
    code: number,
    sentence: string,
    of: mcp.RpcId | null = null,
  ): void => {
    const reply = createReply({ response, exchange: id, detail: endpoint.route.detail });
    reply.finish(mcp.errorBytes(of, code, sentence), {}, status);
  };

  /** The session that the request names, of this very caller; undefined after it was refused. */
  const sessionOf = (visit: Visit): Session | undefined => {
    const { headers } = visit.request;
    const id = headers["mcp-session-id"];
    const version = headers["mcp-protocol-version"];
    if (typeof id !== "string") {
      refuse(visit, 400, mcp.RPC.invalid, "The Mcp-Session-Id header is missing; begin with initialize.");
      return undefined;
    }
    if (version !== undefined && (typeof version !== "string" || !mcp.LEGACY_VERSIONS.includes(version))) {
      refuse(visit, 400, mcp.RPC.invalid, "The MCP-Protocol-Version header names no revision that is spoken here.");
      return undefined;
    }
    const session = sessions.find(id, visit.caller);
    if (session === undefined) refuse(visit, 404, mcp.RPC.invalid, "There is no such session.");
    return session;
  };

  const replyOf = ({ response, id, endpoint }: Visit, session: Session): Reply =>
    createReply({
      response,
      exchange: id,
      detail: endpoint.route.detail,
      headers: { "mcp-session-id": session.id },
      log: session.log,
      primes: session.version >= PRIMES_FROM,
    });

  const initialize = async (visit: Visit, message: mcp.RpcRequest): Promise<void> => {
    const { endpoint, caller } = visit;
    const wanted = message.params["protocolVersion"];
    const version = typeof wanted === "string" && mcp.LEGACY_VERSIONS.includes(wanted) ? wanted : NEWEST;
    const session = sessions.start(caller, message.params, version, (name, capabilities, beside) =>
      endpoint.converse({ key: name, place: placeOf(endpoint, caller, name), capabilities, beside, lasts: () => true }),
    );
    const place = placeOf(endpoint, caller, session.name);
    try {
      const served = await session.conversation.greet(
        message,
        // Extensions are of the revision without sessions.
        ({ extensions: _none, ...capabilities }) => ({
          protocolVersion: version,
          capabilities,
          serverInfo: SERVER_INFO,
        }),
        place,
      );
      replyOf(visit, session).finish(mcp.answerBytes(message.id, served.member, served.value), served);
      if (served.member === "error") await sessions.end(session);
    } catch (error) {
      await sessions.end(session);
      throw error;
    }
  };

  const serve = async (visit: Visit, session: Session, message: mcp.RpcRequest): Promise<void> => {
    const { endpoint, caller, startedMs } = visit;
    const reply = replyOf(visit, session);
    const method = mcp.CLIENT_REQUESTS.get(message.method);
    if (message.method === "ping") return reply.finish(mcp.answerBytes(message.id, "result", "{}"));
    if (method === undefined || !method.eras.includes("legacy") || method.target === "own")
      return reply.finish(mcp.errorBytes(message.id, mcp.RPC.unknownMethod, "This method is not served here."));
    if (session.running.has(message.id))
      return reply.finish(mcp.errorBytes(message.id, mcp.RPC.invalid, "A request with this id is running."));
    const controller = new AbortController();
    session.running.set(message.id, controller);
    try {
      const run = {
        place: placeOf(endpoint, caller, session.name),
        client: session.clientOf(reply),
        startedMs,
        signal: controller.signal,
      };
      const served = await session.conversation.serve(message, run);
      reply.finish(mcp.answerBytes(message.id, served.member, served.value), served);
    } catch (error) {
      const fault = toFault(error);
      if (fault.code === "internal") logger.error({ exchange: visit.id, error }, "an MCP request failed");
      const { member, value } = faultAnswer(fault);
      reply.finish(mcp.answerBytes(message.id, member, value), {}, fault.code === "evidence_unavailable" ? 503 : 200);
    } finally {
      session.running.delete(message.id);
    }
  };

  return {
    refuse,
    post: async (visit: Visit, message: mcp.RpcMessage): Promise<void> => {
      if (message.kind === "request" && message.method === "initialize") return initialize(visit, message);
      const session = sessionOf(visit);
      if (session === undefined) return;
      session.usedMs = visit.startedMs;
      if (message.kind === "request") return serve(visit, session, message);
      if (message.kind === "notification") {
        const given = message.params["requestId"];
        if (message.method === "notifications/cancelled" && (typeof given === "string" || typeof given === "number"))
          session.running.get(given)?.abort();
        else await session.conversation.notify(message);
      } else session.pending.settle(message);
      accepted(visit);
    },
    /** The standing stream of a session, or one that is taken up again. */
    get: (visit: Visit): void => {
      const session = sessionOf(visit);
      if (session === undefined) return;
      const { request, response, id, endpoint } = visit;
      const last = request.headers["last-event-id"];
      const found = typeof last === "string" ? session.log.find(last) : undefined;
      const headers = { ...verdictHeaders(id, undefined, endpoint.route.detail), "mcp-session-id": session.id };
      const target = openEvents(response, { ...headers, "x-parapet-verdict": "allow" });
      const stream = found?.stream ?? session.standing;
      stream.attach(target, found?.seq);
      response.on("close", () => stream.detach(target));
    },
    delete: async (visit: Visit): Promise<void> => {
      const session = sessionOf(visit);
      if (session === undefined) return;
      await sessions.end(session);
      visit.response.writeHead(204, verdictHeaders(visit.id, undefined)).end();
    },
  };
};

export const accepted = ({ response, id, endpoint }: Visit): void => {
  const headers = { ...verdictHeaders(id, undefined, endpoint.route.detail), "x-parapet-verdict": "allow" };
  response.writeHead(202, headers).end();
};
