import { canonical } from "#ledger";
import { Fault, randomToken, sha256Hex, toFault, type Clock, type Logger } from "#platform";
import { isObject, mcp, type JsonObject } from "#protocols";
import { errorAnswer, faultAnswer } from "./answers.ts";
import type { Client, Served } from "./client.ts";
import type { Conversation } from "./conversation.ts";
import { placeOf, SERVER_INFO } from "./endpoint.ts";
import type { Visit } from "./legacy.ts";
import { createListeners, type Listeners } from "./listeners.ts";
import { createReply, type Reply } from "./reply.ts";

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";
const STATE_PREFIX = "parapet-state-";
const SUSPENDED_MAX = 1_000;
const SUSPENDED_MS = 600_000;
const CALLERS_MAX = 2_000;
const SWEEP_MS = 10_000;

/** What servers are told that clients without sessions can do; what one of them cannot is refused when it is asked. */
const CAPABILITIES: JsonObject = { sampling: {}, elicitation: { form: {} } };

/** A question of a server to the client. */
interface Question {
  readonly method: string;
  readonly params: Buffer | undefined;
  readonly settle: (answer: mcp.RpcAnswer) => void;
  readonly fail: (fault: Fault) => void;
}

/** A request whose server waits for answers that the client brings with its next request. */
interface Suspended {
  readonly owner: string;
  /** Of what was asked for: a next request that asks for something else is none. */
  readonly digest: string;
  readonly served: Promise<Served>;
  readonly questions: Map<string, Question>;
  /** Where messages of the request go now. */
  readonly seat: { reply: Reply; onQuestion: () => void };
  readonly sinceMs: number;
  readonly abort: AbortController;
}

interface Room {
  readonly conversation: Conversation;
  readonly listeners: Listeners;
  usedMs: number;
}

/** Whether a message is of the revision without sessions: its own words say so, and a header alone never does. */
export const claimsModern = (message: mcp.RpcMessage): boolean =>
  message.kind === "request" && VERSION_KEY in mcp.metaOf(message.params);

/** What stays the same when a request is sent again with answers. */
const digestOf = ({ method, params }: mcp.RpcRequest): string => {
  const { _meta: _about, inputResponses: _answers, requestState: _state, ...same } = params;
  return sha256Hex(canonical([method, same]));
};

/** The revision of 2026-07-28: each request stands for itself, headers repeat what the body says, results may ask back. */
export const createModern = (options: { readonly clock: Clock; readonly logger: Logger; readonly idleMs: number }) => {
  const { clock, logger, idleMs } = options;
  const rooms = new Map<string, Room>();
  const suspended = new Map<string, Suspended>();

  /** Conversations of one caller at one endpoint. */
  const roomOf = ({ endpoint, caller }: Visit): Room => {
    const key = `caller ${endpoint.route.id} ${caller.owner}`;
    const known = rooms.get(key);
    if (known !== undefined) {
      known.usedMs = clock.monotonic();
      return known;
    }
    if (rooms.size >= CALLERS_MAX)
      throw new Fault("overloaded", { retryAfterSeconds: 5, detail: "too many MCP callers" });
    const listeners = createListeners();
    const place = placeOf(endpoint, caller, "");
    const beside: Client = {
      era: "modern",
      can: () => false,
      notify: listeners.notify,
      ask: () => Promise.reject(new Fault("upstream_unreachable", { detail: "nobody waits for an answer" })),
    };
    const lasts = (): boolean => listeners.count() > 0;
    const conversation = endpoint.converse({ key, place, capabilities: CAPABILITIES, beside, lasts });
    const room = { conversation, listeners, usedMs: clock.monotonic() };
    rooms.set(key, room);
    return room;
  };

  const sweeping = setInterval(() => {
    const now = clock.monotonic();
    for (const [token, one] of suspended) if (now - one.sinceMs > SUSPENDED_MS) drop(token, one);
    for (const [key, room] of rooms)
      if (now - room.usedMs > idleMs && room.listeners.count() === 0) {
        rooms.delete(key);
        void room.conversation.end();
      }
  }, SWEEP_MS);
  sweeping.unref();

  const drop = (token: string, { questions, abort }: Suspended): void => {
    suspended.delete(token);
    abort.abort();
    for (const { fail } of questions.values())
      fail(new Fault("upstream_timeout", { detail: "the client never came back" }));
  };

  /** Why the message cannot be taken, as status, code and sentence. */
  const wrong = (visit: Visit, message: mcp.RpcRequest, room: Room) => {
    const meta = mcp.metaOf(message.params);
    const version = meta[VERSION_KEY];
    if (version !== mcp.MODERN_VERSION)
      return {
        status: 400,
        ...errorAnswer(mcp.RPC.unsupportedVersion, "This revision is not spoken here.", {
          supported: [mcp.MODERN_VERSION],
          requested: String(version).slice(0, 40),
        }),
      };
    if (!isObject(meta[CAPABILITIES_KEY]))
      return { status: 400, ...errorAnswer(mcp.RPC.invalidParams, `_meta lacks ${CAPABILITIES_KEY}.`) };
    const method = mcp.CLIENT_REQUESTS.get(message.method);
    const names = method?.names === undefined ? undefined : message.params[method.names];
    const wanted = message.method === "tools/call" ? room.conversation.headersOf(String(names)) : [];
    const named = typeof names === "string" ? names : undefined;
    const header = mcp.disagreement(
      visit.request.headers,
      { method: message.method, params: message.params, version, named },
      wanted,
    );
    if (header !== undefined)
      return {
        status: 400,
        ...errorAnswer(mcp.RPC.headerMismatch, `The header ${header} does not say what the body says.`, {
          mismatch: { header },
        }),
      };
    if (method === undefined || !method.eras.includes("modern"))
      return { status: 404, ...errorAnswer(mcp.RPC.unknownMethod, "This method is not served here.") };
    return undefined;
  };

  /** A client that is asked by the result of its own request. */
  const clientOf = (message: mcp.RpcRequest, questions: Map<string, Question>, seat: Suspended["seat"]): Client => {
    const capabilities = mcp.metaOf(message.params)[CAPABILITIES_KEY];
    return {
      era: "modern",
      can: (capability) => isObject(capabilities) && capability in capabilities,
      notify: (method, params) => seat.reply.send(mcp.notificationBytes(method, params)),
      ask: (method, params) =>
        new Promise((settle, fail) => {
          questions.set(`q${questions.size + 1}-${randomToken("", 6)}`, { method, params, settle, fail });
          seat.onQuestion();
        }),
    };
  };

  const inputRequired = (questions: ReadonlyMap<string, Question>, token: string): string => {
    const asked = [...questions].map(
      ([id, { method, params }]) =>
        `${JSON.stringify(id)}:{"method":${JSON.stringify(method)}${params === undefined ? "" : `,"params":${params.toString("utf8")}`}}`,
    );
    return `{"resultType":"input_required","inputRequests":{${asked.join(",")}},"requestState":${JSON.stringify(token)}}`;
  };

  /** Answers with what comes first: the result, or questions that the server has before it. */
  const settle = async (message: mcp.RpcRequest, one: Omit<Suspended, "sinceMs">): Promise<void> => {
    const { seat, questions, served } = one;
    const asked = new Promise<"asked">((resolve) => {
      seat.onQuestion = () => resolve("asked");
      if (questions.size > 0) resolve("asked");
    });
    const first = await Promise.race([served, asked]);
    if (first !== "asked") {
      seat.reply.finish(mcp.answerBytes(message.id, first.member, first.value), first);
      return;
    }
    if (suspended.size >= SUSPENDED_MAX)
      throw new Fault("overloaded", { retryAfterSeconds: 5, detail: "too many requests wait for clients" });
    const token = randomToken(STATE_PREFIX, 32);
    suspended.set(token, { ...one, sinceMs: clock.monotonic() });
    seat.reply.finish(mcp.answerBytes(message.id, "result", inputRequired(questions, token)));
  };

  /** Goes on with a request that waits for what this one brings. */
  const resume = async (visit: Visit, message: mcp.RpcRequest, token: string, reply: Reply): Promise<void> => {
    const one = suspended.get(token);
    if (one === undefined || one.owner !== visit.caller.owner || one.digest !== digestOf(message)) {
      const { member, value } = errorAnswer(mcp.RPC.invalidParams, "requestState is none of this request.");
      return reply.finish(mcp.answerBytes(message.id, member, value));
    }
    suspended.delete(token);
    const responses = message.params["inputResponses"];
    one.seat.reply = reply;
    for (const [id, question] of one.questions) {
      const given = isObject(responses) ? responses[id] : undefined;
      one.questions.delete(id);
      if (!isObject(given)) question.fail(new Fault("bad_request", { detail: "the client did not answer a question" }));
      else question.settle(answerOf(given));
    }
    await settle(message, one);
  };

  const listen = async (visit: Visit, room: Room, message: mcp.RpcRequest): Promise<void> => {
    const wanted = message.params["notifications"];
    if (!isObject(wanted)) {
      const { member, value } = errorAnswer(mcp.RPC.invalidParams, "notifications is missing.");
      return replyOf(visit).finish(mcp.answerBytes(message.id, member, value));
    }
    // Servers speak only to whom they have been opened for.
    await room.conversation.awaken();
    room.listeners.add(visit.response, visit.id, { id: message.id, wanted });
    return undefined;
  };

  const replyOf = ({ response, id, endpoint }: Visit): Reply =>
    createReply({ response, exchange: id, detail: endpoint.route.detail });

  const serve = async (visit: Visit, room: Room, message: mcp.RpcRequest, reply: Reply): Promise<void> => {
    const { caller, endpoint, startedMs, response } = visit;
    const place = placeOf(endpoint, caller, "");
    if (message.method === "server/discover") {
      const served = await room.conversation.greet(
        message,
        (capabilities) => ({
          resultType: "complete",
          supportedVersions: [mcp.MODERN_VERSION],
          capabilities,
          ttlMs: 0,
          cacheScope: "private",
          _meta: { "io.modelcontextprotocol/serverInfo": SERVER_INFO },
        }),
        place,
      );
      return reply.finish(mcp.answerBytes(message.id, served.member, served.value), served);
    }
    const state = message.params["requestState"];
    if (typeof state === "string" && state.startsWith(STATE_PREFIX)) return resume(visit, message, state, reply);
    const abort = new AbortController();
    const questions = new Map<string, Question>();
    const seat = { reply, onQuestion: () => undefined };
    // To close the stream is to give the request up.
    response.on("close", () => {
      if (seat.reply === reply && reply.isOpen() === false && !response.writableFinished) abort.abort();
    });
    const run = { place, client: clientOf(message, questions, seat), startedMs, signal: abort.signal };
    const served = room.conversation.serve(message, run);
    served.catch(() => undefined);
    return settle(message, { owner: caller.owner, digest: digestOf(message), served, questions, seat, abort });
  };

  return {
    post: async (visit: Visit, message: mcp.RpcRequest): Promise<void> => {
      const room = roomOf(visit);
      const reply = replyOf(visit);
      const refusal = wrong(visit, message, room);
      if (refusal !== undefined)
        return reply.finish(mcp.answerBytes(message.id, refusal.member, refusal.value), {}, refusal.status);
      if (message.method === "subscriptions/listen") return listen(visit, room, message);
      try {
        return await serve(visit, room, message, reply);
      } catch (error) {
        const fault = toFault(error);
        if (fault.code === "internal") logger.error({ exchange: visit.id, error }, "an MCP request failed");
        const { member, value } = faultAnswer(fault);
        return reply.finish(
          mcp.answerBytes(message.id, member, value),
          {},
          fault.code === "evidence_unavailable" ? 503 : 200,
        );
      }
    },
    /** Tells everybody who listens. */
    changed: (method: string): void => {
      for (const { listeners } of rooms.values()) listeners.notify(method, undefined);
    },
    close: async () => {
      clearInterval(sweeping);
      for (const [token, one] of suspended) drop(token, one);
      for (const { listeners } of rooms.values()) listeners.close();
      await Promise.all([...rooms.values()].map(({ conversation }) => conversation.end()));
    },
  };
};

const answerOf = (result: JsonObject): mcp.RpcAnswer => {
  const message = mcp.ownMessage(mcp.answerBytes(0, "result", JSON.stringify(result)));
  if (message.kind !== "result") throw new Error("a result is none");
  return message;
};
