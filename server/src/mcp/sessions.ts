import { Fault, randomToken, sha256Hex, type Clock } from "#platform";
import { isObject, mcp, type JsonObject } from "#protocols";
import type { Caller } from "./caller.ts";
import type { Client } from "./client.ts";
import type { Conversation } from "./conversation.ts";
import { createEventLog, type EventLog, type EventStream } from "./event-log.ts";
import { createPendingAsks, type PendingAsks } from "./pending.ts";
import type { Reply } from "./reply.ts";

/** A session of the revisions that have them. */
export interface Session {
  /** What the client shows; whoever has it and is its owner is in it. */
  readonly id: string;
  /** Its name in records, which says nothing of the id. */
  readonly name: string;
  readonly owner: string;
  readonly version: string;
  readonly log: EventLog;
  /** What belongs to no request; read by the client's GET. */
  readonly standing: EventStream;
  readonly pending: PendingAsks;
  readonly conversation: Conversation;
  /** A client's request, to whose answer messages can be added. */
  readonly clientOf: (reply: Reply) => Client;
  /** Requests that run, by the client's id, so that it can give them up. */
  readonly running: Map<mcp.RpcId, AbortController>;
  usedMs: number;
}

export interface SessionsOptions {
  readonly sessionsMax: number;
  readonly idleMs: number;
  /** Longest wait for a client's answer. */
  readonly answerMs: number;
  readonly clock: Clock;
}

/** Makes the conversation of a session whose client can do this. */
export type Converse = (name: string, capabilities: JsonObject, beside: Client) => Conversation;

const SWEEP_MS = 5_000;
const PASSED_ON = ["sampling", "elicitation", "roots"];

/** Of what a client can do, what servers may ask of it through this gateway. */
const passedOn = (params: JsonObject): JsonObject => {
  const { capabilities } = params;
  if (!isObject(capabilities)) return {};
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (isObject(capabilities[name]) ? [[name, capabilities[name]]] : [])),
  );
};

export const createSessions = ({ sessionsMax, idleMs, answerMs, clock }: SessionsOptions) => {
  const sessions = new Map<string, Session>();

  const end = async (session: Session): Promise<void> => {
    sessions.delete(session.id);
    session.pending.endAll();
    for (const controller of session.running.values()) controller.abort();
    session.standing.finish();
    await session.conversation.end();
  };

  const sweeping = setInterval(() => {
    const oldest = clock.monotonic() - idleMs;
    for (const session of sessions.values())
      if (session.usedMs < oldest && session.running.size === 0 && !session.standing.isRead()) void end(session);
  }, SWEEP_MS);
  sweeping.unref();

  return {
    start: (caller: Caller, params: JsonObject, version: string, converse: Converse): Session => {
      if (sessions.size >= sessionsMax)
        throw new Fault("overloaded", { retryAfterSeconds: 5, detail: "too many MCP sessions" });
      const id = randomToken("mcp-", 24);
      const name = `mcp-${sha256Hex(id).slice(0, 20)}`;
      const capabilities = passedOn(params);
      const log = createEventLog();
      const standing = log.open();
      const pending = createPendingAsks(answerMs);
      const can = (capability: string): boolean => capability in capabilities;
      const beside: Client = {
        era: "legacy",
        can,
        notify: (method, params) => standing.push(mcp.notificationBytes(method, params)),
        ask: (method, params) => {
          if (!standing.isRead()) throw new Fault("upstream_unreachable", { detail: "the client listens to nothing" });
          return pending.ask(method, params, (message) => standing.push(message));
        },
      };
      const clientOf = (reply: Reply): Client => ({
        era: "legacy",
        can,
        notify: (method, params) =>
          (reply.isOpen() ? reply.send : standing.push)(mcp.notificationBytes(method, params)),
        ask: (method, params) =>
          reply.isOpen() ? pending.ask(method, params, reply.send) : beside.ask(method, params),
      });
      const session: Session = {
        id,
        name,
        owner: caller.owner,
        version,
        log,
        standing,
        pending,
        conversation: converse(name, capabilities, beside),
        clientOf,
        running: new Map(),
        usedMs: clock.monotonic(),
      };
      sessions.set(id, session);
      return session;
    },
    /** Whoever does not own a session is told that there is none. */
    find: (id: string, caller: Caller): Session | undefined => {
      const session = sessions.get(id);
      if (session === undefined || session.owner !== caller.owner) return undefined;
      session.usedMs = clock.monotonic();
      return session;
    },
    end,
    /** Tells the clients of all sessions. */
    tell: (method: string): void => {
      for (const { standing } of sessions.values()) standing.push(mcp.notificationBytes(method, undefined));
    },
    count: () => sessions.size,
    close: async () => {
      clearInterval(sweeping);
      await Promise.all([...sessions.values()].map(end));
    },
  };
};

export type Sessions = ReturnType<typeof createSessions>;
