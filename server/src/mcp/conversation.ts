import type { AppliedPolicy } from "@parapet/model";
import { identityHeaders } from "#gateway";
import { Fault, type Logger } from "#platform";
import { isObject, mcp, type JsonObject } from "#protocols";
import { blockedAnswer, PIN_POLICY, errorAnswer, faultAnswer } from "./answers.ts";
import type { Client, Served } from "./client.ts";
import { createInbound, type InFlight } from "./inbound.ts";
import type { Link, ServerMessage } from "./links/link.ts";
import type { LinkPool, Scope } from "./links/pool.ts";
import { createLists, type Greeting, type ListTools } from "./lists.ts";
import { outwardNames } from "./outward-names.ts";
import type { Recheck } from "./recheck.ts";
import type { KnownTool, Passed, Place, Relay } from "./relay.ts";

export interface ConversationTools extends Pick<ListTools, "mayUse" | "pins" | "policyVersion" | "withheld"> {
  readonly servers: readonly string[];
  readonly namespace: mcp.Namespace;
  readonly pool: LinkPool;
  readonly relay: Relay;
  /** Whether a server's annotations are believed. */
  readonly trusts: (server: string) => boolean;
  /** Whether the server is told for whom it is asked. */
  readonly tells: (server: string) => boolean;
  /** Has definitions compared with their pins when a server says that they are others now. */
  readonly recheck: Recheck;
  /** Where a person looks at what waits. */
  readonly addressOf: (approval: { readonly id: string }) => string;
  readonly logger: Logger;
}

export interface ConversationOptions {
  /** Names it in the pool: the session, or the caller. */
  readonly key: string;
  /** Of what belongs to no request. */
  readonly place: Place;
  /** What servers are told that the client can do for them. */
  readonly capabilities: JsonObject;
  /** Who is told what belongs to no request. */
  readonly beside: Client;
  /** Whether servers may keep what was said, or somebody waits to hear of them, although nobody asks. */
  readonly lasts: () => boolean;
}

const ROUNDS_MAX = 8;

/** One client, or all requests of a caller without sessions, and the servers behind an endpoint. */
export const createConversation = (tools: ConversationTools, options: ConversationOptions) => {
  const { namespace, pool, relay, servers } = tools;
  const { place } = options;
  const inFlight = new Set<InFlight>();
  let lastToken = 0;

  const scope: Scope = {
    key: options.key,
    capabilities: options.capabilities,
    lasts: options.lasts,
    onMessage: (server, message) => inbound.take(server, message),
    onClosed: (server) => {
      lists.doubt(server);
      options.beside.notify("notifications/tools/list_changed", undefined);
    },
  };
  const linkTo = (server: string): Promise<Link> => pool.link(server, scope);
  const lists = createLists({ ...tools, linkTo });
  const onToolsChanged = (server: string): void => {
    lists.doubt(server);
    tools.recheck(server, () => lists.look(server));
  };
  const inbound = createInbound({ ...tools, place, linkTo, inFlight, beside: options.beside, onToolsChanged });

  /** Sends a request on to its server, and answers what the server asks back on the way. */
  const askServer = async (
    server: string,
    message: mcp.RpcRequest,
    inwardName: ReadonlyMap<string, string>,
    headers: Readonly<Record<string, string>>,
    { client, place: where, signal }: Run,
  ): Promise<mcp.RpcAnswer> => {
    const link = await linkTo(server);
    const progress = mcp.metaOf(message.params)["progressToken"];
    const flight: InFlight = { server, client, place: where, token: `p${(lastToken += 1)}`, progress };
    const changes = new Map<string, string | number>(inwardName);
    if (progress !== undefined) changes.set("/params/_meta/progressToken", flight.token);
    inFlight.add(flight);
    try {
      const ask = (params: Buffer | undefined): Promise<mcp.RpcAnswer> =>
        link.ask({
          method: message.method,
          params,
          headers,
          onMessage: (one: ServerMessage) => inbound.take(server, one, flight),
          ...(signal !== undefined && { signal }),
        });
      const first = await ask(mcp.editMember(message.scan, "params", changes));
      if (link.hello.era === "legacy" || client.era === "modern") return first;
      return await answerRounds(first, server, message, changes, ask, flight);
    } finally {
      inFlight.delete(flight);
    }
  };

  /** A server that wants more before it answers, for a client that is asked by requests. */
  const answerRounds = async (
    first: mcp.RpcAnswer,
    server: string,
    message: mcp.RpcRequest,
    changes: mcp.Changes,
    ask: (params: Buffer) => Promise<mcp.RpcAnswer>,
    flight: InFlight,
  ): Promise<mcp.RpcAnswer> => {
    let answer = first;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      if (answer.kind !== "result" || answer.result["resultType"] !== "input_required") return answer;
      const { inputRequests, requestState } = answer.result;
      const responses: Record<string, unknown> = {};
      for (const [id, wanted] of Object.entries(isObject(inputRequests) ? inputRequests : {}))
        responses[id] = await inbound.answerInput(server, wanted, flight);
      const more = {
        inputResponses: JSON.stringify(responses),
        ...(typeof requestState === "string" && { requestState: JSON.stringify(requestState) }),
      };
      answer = await ask(mcp.editMember(message.scan, "params", changes, new Map([["/params", more]])));
    }
    throw new Fault("upstream_invalid", { detail: `MCP server ${server} asks without an end` });
  };

  /** What a client's request means here: which server, by which name, and whether it may. */
  const aimOf = (request: mcp.RpcRequest, method: mcp.Method): Aim | undefined => {
    const { params } = request;
    if (method.target === "completion") {
      const { ref } = params;
      if (!isObject(ref)) return undefined;
      const { name, uri } = ref;
      if (typeof name === "string") return aimed(namespace.inward(name), "/params/ref/name");
      return typeof uri === "string" ? aimed(namespace.inwardUri(uri), "/params/ref/uri") : undefined;
    }
    const member = method.names ?? "name";
    const value = params[member];
    if (typeof value !== "string") return undefined;
    return aimed(member === "uri" ? namespace.inwardUri(value) : namespace.inward(value), `/params/${member}`);
  };

  const serveNamed = async (request: mcp.RpcRequest, method: mcp.Method, run: Run): Promise<Served> => {
    const aim = aimOf(request, method);
    if (aim === undefined) return refused(unknownSentence(method));
    const headers: Record<string, string> =
      method.names === undefined ? {} : { "mcp-name": mcp.encodeHeader(aim.name) };
    if (tools.tells(aim.server)) Object.assign(headers, identityHeaders(run.place.caller));
    let tool: KnownTool | undefined;
    let applied: AppliedPolicy | undefined;
    if (method.target === "tool") {
      const found = await lists.tool(aim, run.place);
      if (found.kind === "unknown") return refused(`Unknown tool: ${String(request.params["name"])}`);
      if (found.kind === "held") applied = pinPolicy(found.reason);
      tool = {
        name: aim.name,
        server: aim.server,
        definition: found.definition,
        trustsAnnotations: tools.trusts(aim.server),
      };
      Object.assign(headers, mcp.argumentHeaders(found.headers, request.params["arguments"]));
    }
    const passed = await relay.clientRequest(
      run.place,
      request,
      { server: aim.server, tool, applied, startedMs: run.startedMs, signal: run.signal },
      (message) => askServer(aim.server, message, new Map([[aim.pointer, aim.name]]), headers, run),
    );
    return served(request, passed, (answer) => outward(aim.server, answer, run.client.era, request.method));
  };

  /** The result as this client expects it: names of this endpoint, and what its revision wants beside. */
  const outward = (server: string, answer: mcp.RpcAnswer, era: mcp.Era, method: string): Buffer => {
    if (answer.kind === "error") return mcp.editMember(answer.scan, "error", NO_CHANGES);
    const changes = outwardNames(answer, server, namespace);
    const more: Record<string, string> = {};
    if (era === "modern" && !("resultType" in answer.result)) more["resultType"] = '"complete"';
    if (era === "modern" && method === "resources/read") {
      if (!("ttlMs" in answer.result)) more["ttlMs"] = "0";
      if (!("cacheScope" in answer.result)) more["cacheScope"] = '"private"';
    }
    return mcp.editMember(answer.scan, "result", changes, new Map([["/result", more]]));
  };

  const served = (request: mcp.RpcRequest, passed: Passed, write: (answer: mcp.RpcAnswer) => Buffer): Served => {
    const { exchange } = passed;
    const id = exchange.origin.exchange;
    const { detail } = place.route;
    const head = { exchange: id, verdict: exchange.verdict() };
    if (passed.kind === "blocked")
      return { ...head, ...blockedAnswer(request, passed.step, { exchange: id, detail }, tools.addressOf) };
    if (passed.kind === "failed") {
      tools.logger.warn({ exchange: id, detail: passed.fault.detail }, "an MCP request failed");
      return { ...head, ...faultAnswer(passed.fault) };
    }
    const { message } = passed;
    if (message.kind !== "result" && message.kind !== "error") throw new Error("an answer is a result or an error");
    return { ...head, member: message.kind, value: write(message) };
  };

  const serveList = async (request: mcp.RpcRequest, run: Run): Promise<Served> => {
    const passed = await lists.collect(request, run.place, run.client.era, run.startedMs);
    return served(request, passed, asItIs);
  };

  return {
    /** Answers one request of a client. `own` methods are not for servers, and are not asked here. */
    serve: async (request: mcp.RpcRequest, run: Run): Promise<Served> => {
      const method = mcp.CLIENT_REQUESTS.get(request.method);
      if (method === undefined || method.target === "own") throw new Error(`${request.method} is no server's`);
      if (mcp.LIST_MEMBERS.has(request.method)) return serveList(request, run);
      if (method.target !== "all") return serveNamed(request, method, run);
      // What all servers are told (`logging/setLevel`) has an empty answer.
      const passed = await relay.collected(run.place, request, async () => {
        const able = await lists.able("logging");
        await Promise.all(able.map((server) => askServer(server, request, NO_NAMES, {}, run)));
        return {};
      });
      return served(request, passed, () => Buffer.from("{}"));
    },
    /** What servers can do, put together, and what they want to be said to models. */
    greet: async (
      request: mcp.RpcRequest,
      extra: (capabilities: JsonObject) => JsonObject,
      where: Place,
    ): Promise<Served> => {
      let greeting: Greeting = { capabilities: {}, instructions: [] };
      const say = (instructions: readonly string[]): JsonObject => ({
        ...extra(greeting.capabilities),
        ...(instructions.length > 0 && { instructions: instructions.join("\n\n") }),
      });
      const whole = await relay.collected(where, request, async () => {
        greeting = await lists.greeting();
        return say(greeting.instructions);
      });
      if (whole.kind !== "blocked" || greeting.instructions.length === 0) return served(request, whole, asItIs);
      // What a policy stops is not said to models; the tools are there all the same.
      const good: string[] = [];
      for (const text of greeting.instructions) {
        const judged = await relay.collected(where, request, async () => say([text]));
        if (judged.kind === "passed") good.push(text);
      }
      return served(request, await relay.collected(where, request, async () => say(good)), asItIs);
    },
    notify: async (notification: mcp.RpcNotification): Promise<void> => {
      if (notification.method !== "notifications/roots/list_changed") return;
      const passed = await relay.notification(place, notification, "client");
      if (passed.kind !== "passed") return;
      await Promise.all(servers.map(async (server) => (await linkTo(server)).notify(notification.method, undefined)));
    },
    headersOf: lists.headersOf,
    /** Opens the servers, so that they can say that something changed. */
    awaken: async (): Promise<void> => {
      await Promise.allSettled(servers.map(linkTo));
    },
    end: () => pool.end(scope),
  };
};

export type Conversation = ReturnType<typeof createConversation>;

/** How one request runs. */
export interface Run {
  readonly place: Place;
  readonly client: Client;
  readonly startedMs: number;
  readonly signal?: AbortSignal;
}

interface Aim extends mcp.Named {
  readonly pointer: string;
}

const aimed = (named: mcp.Named | undefined, pointer: string): Aim | undefined => named && { ...named, pointer };

const asItIs = (answer: mcp.RpcAnswer): Buffer =>
  mcp.editMember(answer.scan, answer.kind === "error" ? "error" : "result", NO_CHANGES);

const NO_CHANGES: mcp.Changes = new Map();
const NO_NAMES: ReadonlyMap<string, string> = new Map();

const unknownSentence = ({ target }: mcp.Method): string =>
  target === "tool" ? "Unknown tool" : `There is no such ${target === "completion" ? "prompt or resource" : target}`;

const refused = (sentence: string): Served => errorAnswer(mcp.RPC.invalidParams, sentence.slice(0, 200));

const pinPolicy = (message: string): AppliedPolicy => ({
  id: PIN_POLICY,
  action: "hold",
  severity: "high",
  message,
});
