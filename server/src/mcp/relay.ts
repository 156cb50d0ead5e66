import type { AppliedPolicy, ExchangeId, ExchangeOrigin, Mode, RouteConfiguration } from "@parapet/model";
import {
  documentsIn,
  editBody,
  needExtractor,
  principalName,
  withPlainDocuments,
  type ExaminationPool,
} from "#gateway";
import { createExchange, type Exchange, type Inspected, type RoadTools, type Step } from "#pipeline";
import { Fault, toFault, uuidv7, type Clock } from "#platform";
import { mcp, NO_REQUEST, type DecodedRequest, type DecodedToolResult, type JsonObject } from "#protocols";
import type { Caller } from "./caller.ts";

export interface RelayTools {
  readonly road: RoadTools;
  readonly node: string;
  readonly boot: string;
  readonly registeredSecrets: () => readonly string[];
  readonly depthMax: number;
  readonly pool: Pick<ExaminationPool, "message">;
  readonly clock: Clock;
}

/** Where a message is, and whose. */
export interface Place {
  readonly route: RouteConfiguration;
  readonly mode: () => Mode;
  readonly caller: Caller;
  /** Session's name in records; empty: none. */
  readonly session: string;
}

/** What became of a message: bytes of the value that goes on, or why none does. */
export type Passed =
  | { readonly kind: "passed"; readonly message: mcp.RpcMessage; readonly exchange: Exchange }
  | { readonly kind: "blocked"; readonly step: Step; readonly exchange: Exchange }
  | { readonly kind: "failed"; readonly fault: Fault; readonly exchange: Exchange };

/** A tool that is called, and what its server says of it. */
export interface KnownTool {
  readonly name: string;
  readonly server: string;
  readonly definition: JsonObject;
  readonly trustsAnnotations: boolean;
}

/** What is known of a client's request beside its words. */
export interface Asked {
  readonly startedMs: number;
  /** Server that it goes to. */
  readonly server: string;
  /** Where it is a call of a tool, by the name that its server gives it. */
  readonly tool?: KnownTool | undefined;
  /** What stops it whatever it says; on a route that observes it only would. */
  readonly applied?: AppliedPolicy | undefined;
  /** The caller gave it up. */
  readonly signal?: AbortSignal | undefined;
}

const NO_HOSTS: ReadonlySet<string> = new Set();

/**
 * Messages of MCP on the road of `pipeline`: judged before they go on, recorded before their effect. A request and what
 * answers it are one exchange, whoever asks.
 */
export const createRelay = ({ road, node, boot, registeredSecrets, depthMax, pool, clock }: RelayTools) => {
  const begin = (
    place: Place,
    method: string,
    toward: "model" | "tool",
    more: { readonly startedMs: number; readonly bytes: number },
  ): Exchange => {
    const { route, mode, caller, session } = place;
    const origin: ExchangeOrigin = {
      tenant: caller.tenant,
      exchange: uuidv7<ExchangeId>(clock.now()),
      route: route.id,
      protocol: route.protocol,
      endpoint: method,
      model: "",
      session: caller.session ?? session,
      sessionSource: caller.session === undefined ? (session === "" ? "none" : "protocol") : "header",
      principal: principalName(caller.principal),
      ...(caller.key !== undefined && { key: caller.key.id }),
      ...(caller.agent !== undefined && { agent: caller.agent }),
      ...(caller.user !== undefined && { user: caller.user }),
      ...(caller.onBehalfOf !== undefined && { onBehalfOf: caller.onBehalfOf }),
      ...(caller.trace !== undefined && { trace: caller.trace }),
      address: caller.address,
      node,
      boot,
      streamed: false,
    };
    const start = { origin, route, mode: mode(), principal: caller.principal };
    const said = toward === "tool" && caller.said !== undefined ? { said: caller.said } : {};
    return createExchange({ ...start, ...said, startedMs: more.startedMs, requestBytes: more.bytes, toward }, road);
  };

  const contextOf = (route: RouteConfiguration) => ({
    systemPrompts: [],
    canaries: [],
    registeredSecrets: registeredSecrets(),
    allowedHosts: route.allowed_hosts,
    knownHosts: NO_HOSTS,
  });

  /** The message with what policy takes out of it; the very message where it takes nothing. */
  const edited = <T extends mcp.RpcMessage>(message: T, segments: DecodedRequest["segments"], step: Step): T => {
    const bytes = editBody(message.scan.bytes, { segments, replacements: step.replacements });
    if (bytes === message.scan.bytes) return message;
    const read = mcp.readMessage(bytes, depthMax);
    if (!read.ok || !isSameKind(read.message, message)) throw new Error("an edited message cannot be read");
    return read.message;
  };

  /** Waits within the call for whoever decides about what is held, as long as clients wait for answers. */
  const settled = async (
    exchange: Exchange,
    step: Step,
    decoded: DecodedRequest,
    signal?: AbortSignal,
  ): Promise<Step> => {
    const wait = { timeoutMs: HOLD_MS, ...(signal !== undefined && { signal }) };
    return exchange.settle(step, { bodyHash: "", segments: decoded.segments }, wait);
  };

  /** What may go to the other side of a request, and in which words; else why nothing may. */
  const judgeAsked = async (
    exchange: Exchange,
    message: mcp.RpcRequest,
    decoded: DecodedRequest,
    { tool, applied, signal }: Partial<Asked>,
  ): Promise<Step> => {
    const step = exchange.judgeRequest(decoded, contextOf(exchange.route));
    if (tool === undefined) return step;
    const { definition, trustsAnnotations } = tool;
    const call = { ...mcp.decodeCall(message, decoded, tool), definition, trustsAnnotations };
    const judged = await exchange.judgeProposed(call, applied);
    // What waits for a definition to be approved is not let go by approving one call.
    return applied === undefined ? settled(exchange, judged, decoded, signal) : judged;
  };

  /** What an answer says, with the documents that its bytes hold: those that a worker reads are inspected there, with all else. */
  const readAnswer = async (
    exchange: Exchange,
    answer: mcp.RpcAnswer,
    from: "client" | "server",
    method: string,
  ): Promise<{ readonly said: mcp.DecodedMessage; readonly inspected?: Inspected | undefined }> => {
    const { route, origin } = exchange;
    const firstIndex = exchange.nextSegmentIndex();
    const said = mcp.decodeMessage(answer, from, method, firstIndex);
    const documents = route.inspect ? documentsIn(answer.scan, said) : [];
    const toward = from === "server" ? ({ toward: "tool" } as const) : {};
    if (!needExtractor(documents)) {
      const direction = from === "server" ? "request" : "response";
      return { said: withPlainDocuments(said, documents, { direction, firstIndex }) };
    }
    const known = { tenant: origin.tenant, exchange: origin.exchange, route, depthMax };
    const frame = {
      ...known,
      ...toward,
      registeredSecrets: registeredSecrets(),
      firstIndex,
      context: exchange.context(),
    };
    const { decoded, inspected } = await pool.message({ bytes: answer.scan.bytes, from, method, frame });
    return { said: decoded, inspected };
  };

  /**
   * A request with its answer. `ask` is called with what may go on, after it is recorded; its answer is judged and
   * recorded before it is handed back.
   */
  const exchangeOf = async (
    exchange: Exchange,
    message: mcp.RpcRequest,
    decoded: DecodedRequest,
    ask: (message: mcp.RpcRequest) => Promise<mcp.RpcAnswer>,
    about: Partial<Asked> = {},
  ): Promise<Passed> => {
    const step = await judgeAsked(exchange, message, decoded, about);
    if (step.stop) {
      await exchange.close({ state: "blocked", status: 200, responseBytes: 0, waitedMs: 0 });
      return { kind: "blocked", step, exchange };
    }
    await exchange.recordOpened();
    const askedMs = clock.monotonic();
    const from = about.server === undefined ? "client" : "server";
    let answer: mcp.RpcAnswer;
    let read: Awaited<ReturnType<typeof readAnswer>>;
    let waitedMs: number;
    try {
      answer = await ask(edited(message, decoded.segments, step));
      waitedMs = clock.monotonic() - askedMs;
      read = await readAnswer(exchange, answer, from, message.method);
    } catch (error) {
      const fault = toFault(error);
      const state = fault.code === "upstream_timeout" ? "upstream_timeout" : "upstream_error";
      const detail = fault.detail || fault.message;
      const ending = { responseBytes: 0, waitedMs: clock.monotonic() - askedMs };
      await exchange.close({ state, status: fault.status, detail, ...ending }, false);
      return { kind: "failed", fault, exchange };
    }
    const whole = { responseBytes: answer.scan.bytes.length, waitedMs };
    const { said, inspected } = read;
    const judged = await exchange.judgeResponse(
      { ...said, toolCalls: [], ...returned(said, message, about) },
      inspected,
    );
    if (judged.stop) {
      await exchange.close({ state: "blocked", status: 200, ...whole });
      return { kind: "blocked", step: judged, exchange };
    }
    const passed = edited(answer, said.segments, judged);
    await exchange.close({ state: answer.kind === "error" ? "upstream_error" : "completed", status: 200, ...whole });
    return { kind: "passed", message: passed, exchange };
  };

  return {
    /** What a client asks of a server. */
    clientRequest: (
      place: Place,
      message: mcp.RpcRequest,
      about: Asked,
      ask: (message: mcp.RpcRequest) => Promise<mcp.RpcAnswer>,
    ): Promise<Passed> => {
      const more = { startedMs: about.startedMs, bytes: message.scan.bytes.length };
      const exchange = begin(place, message.method, "tool", more);
      return exchangeOf(exchange, message, mcp.decodeClientRequest(message), ask, about);
    },
    /** What a server asks of a client: of its model (sampling), of its user (elicitation), of its files (roots). */
    serverRequest: (
      place: Place,
      message: mcp.RpcRequest,
      ask: (message: mcp.RpcRequest) => Promise<mcp.RpcAnswer>,
    ): Promise<Passed> => {
      const more = { startedMs: clock.monotonic(), bytes: message.scan.bytes.length };
      const exchange = begin(place, message.method, "model", more);
      const decoded = { ...NO_REQUEST, ...mcp.decodeMessage(message, "server", message.method, 0) };
      return exchangeOf(exchange, message, decoded, ask);
    },
    /** A message that nobody answers. One without words is not worth a record. */
    notification: async (place: Place, message: mcp.RpcNotification, from: "client" | "server"): Promise<Passed> => {
      const startedMs = clock.monotonic();
      const toward = from === "client" ? "tool" : "model";
      const exchange = begin(place, message.method, toward, { startedMs, bytes: message.scan.bytes.length });
      const said = mcp.decodeMessage(message, from, message.method, 0);
      if (said.segments.length === 0 && said.unscannable.length === 0) return { kind: "passed", message, exchange };
      const step = exchange.judgeRequest({ ...NO_REQUEST, ...said }, contextOf(place.route));
      const ending = { status: 200, responseBytes: 0, waitedMs: 0 };
      if (step.stop) {
        await exchange.close({ state: "blocked", ...ending });
        return { kind: "blocked", step, exchange };
      }
      await exchange.close({ state: "completed", ...ending });
      return { kind: "passed", message: edited(message, said.segments, step), exchange };
    },
    /** Something that Parapet itself puts together of what servers said: lists, instructions. */
    collected: async (
      place: Place,
      message: mcp.RpcRequest,
      collect: () => Promise<JsonObject>,
      startedMs = clock.monotonic(),
    ): Promise<Passed> => {
      const exchange = begin(place, message.method, "tool", { startedMs, bytes: message.scan.bytes.length });
      const answer = async (): Promise<mcp.RpcAnswer> => {
        const made = mcp.ownMessage(mcp.answerBytes(0, "result", JSON.stringify(await collect())));
        if (made.kind !== "result") throw new Fault("internal", { detail: "a list that is none" });
        return made;
      };
      return exchangeOf(exchange, message, mcp.decodeClientRequest(message), answer, { server: "" });
    },
  };
};

/** Within the patience of clients: the SDKs give a request up after a minute. */
const HOLD_MS = 45_000;

/** What a server said becomes part of the caller's session, as what a tool returned; its lists and greetings do not. */
const returned = (
  { segments }: mcp.DecodedMessage,
  { id, method }: mcp.RpcRequest,
  { server, tool }: Partial<Asked>,
): { readonly toolResults?: readonly DecodedToolResult[] } => {
  const own = segments.filter(({ provenance }) => provenance === "tool-result" || provenance === "document");
  if (server === undefined || server === "" || own.length === 0) return {};
  return {
    toolResults: [{ call: String(id), name: tool?.name ?? method, server, segments: own.map(({ index }) => index) }],
  };
};

export type Relay = ReturnType<typeof createRelay>;

/** An edit changes words, never what a message is. */
const isSameKind = <T extends mcp.RpcMessage>(message: mcp.RpcMessage, as: T): message is T => message.kind === as.kind;
