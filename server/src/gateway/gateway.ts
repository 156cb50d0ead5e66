import type { IncomingMessage, ServerResponse } from "node:http";
import {
  DEFAULT_TENANT,
  type EventId,
  type ExchangeId,
  type Limits,
  type RouteConfiguration,
  type TenantId,
} from "@parapet/model";
import type { z } from "zod";
import { allowsModel, type Keyring, type RateLimits } from "#access";
import { Fault, systemClock, toFault, toTimestamp, uuidv7, type Clock, type Logger } from "#platform";
import { createExchange, type Exchange, type Inspected, type RoadTools } from "#pipeline";
import type { DecodedRequest, Endpoint } from "#protocols";
import type { StoredKey } from "#storage";
import { noticeOf, sendFault, sendJson, statusOf, verdictHeaders } from "./answer.ts";
import { createDeparture, type Departure } from "./departure.ts";
import { contextOf, plantCanary } from "./exchange-context.ts";
import { editBody } from "./edit-body.ts";
import { decodeRequestBody, type ExaminationFrame } from "./examination.ts";
import { INLINE_BYTES_MAX, type ExaminationPool } from "./examination-pool.ts";
import { forwardHeaders } from "./headers.ts";
import { identify, principalName } from "./identify.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import { relayPlain } from "./relay-plain.ts";
import { relayStream } from "./relay-stream.ts";
import { leaveUnread } from "./leave-unread.ts";
import { checkBodyHeaders, readBody } from "./read-body.ts";
import { endpointOf, type RouteMatch, type RouteTable } from "./route-table.ts";
import { stateOf } from "./terminal-state.ts";
import type { UpstreamResponse } from "./upstream.ts";

export interface GatewayOptions {
  readonly table: RouteTable;
  readonly road: RoadTools;
  readonly keyring: () => Keyring;
  readonly limits: RateLimits;
  readonly bounds: Readonly<z.infer<typeof Limits>>;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  readonly pool: ExaminationPool;
  /** Name and start of this gateway, for records. */
  readonly node: string;
  readonly boot: string;
  /** Key from which canaries are derived. */
  readonly canaryKey: Buffer;
  readonly registeredSecrets: () => readonly string[];
  readonly clock?: Clock;
}

export interface Gateway {
  /** Whether a URL belongs to a route. */
  readonly owns: (url: string) => boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly inFlight: () => number;
  readonly close: () => Promise<void>;
}

/** Everything one exchange needs while it is handled. */
export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: RouteMatch;
  readonly endpoint: Endpoint;
  readonly exchange: Exchange;
  readonly decoded: DecodedRequest;
  readonly bounds: GatewayOptions["bounds"];
  readonly clock: Clock;
  readonly startedMs: number;
  /** Time until the upstream was asked. */
  readonly beforeUpstreamMs: number;
  readonly frame: ExaminationFrame;
  readonly pool: ExaminationPool;
  /** The caller's leaving. */
  readonly caller: Departure;
  /** Of the upstream call: it ends when the caller leaves, or when the gateway gives it up. */
  readonly call: Departure;
  /** Called with what the upstream counted, for token limits. */
  readonly spend: (tokens: number) => void;
}

export const createGateway = (options: GatewayOptions): Gateway => {
  const { table, road, bounds, metrics, logger } = options;
  const clock = options.clock ?? systemClock;
  let inFlight = 0;

  const frameOf = (exchange: ExchangeId, tenant: TenantId, route: RouteConfiguration): ExaminationFrame => ({
    exchange,
    tenant,
    route,
    depthMax: bounds.depthMax,
    registeredSecrets: options.registeredSecrets(),
  });

  const authenticate = async (request: IncomingMessage, match: RouteMatch): Promise<StoredKey | undefined> => {
    const keyring = options.keyring();
    if (!keyring.guarded) return undefined;
    const nowMs = clock.now();
    const address = request.socket.remoteAddress ?? "";
    const use = { route: match.route.configuration.id, address: address.replace(/^::ffff:/, ""), nowMs };
    const check = keyring.authenticate(presentedKey(request), use);
    if (!check.ok) throw new Fault(check.code, { detail: check.reason });
    const admitted = await options.limits.admit(check.key, nowMs);
    if (!admitted.ok) {
      const { retryAfterSeconds, what } = admitted;
      throw new Fault("rate_limited", { retryAfterSeconds, message: `This key is over its ${what}.` });
    }
    return check.key;
  };

  /** Reads and decodes a body; a large one is also inspected on the way, in a worker, so that the loop stays free. */
  const readAndDecode = async (
    request: IncomingMessage,
    { route }: RouteMatch,
    endpoint: Endpoint,
    frame: ExaminationFrame,
  ): Promise<ReadRequest> => {
    if (endpoint.body === "none") return { bytes: undefined, decoded: NO_BODY, inspected: undefined };
    checkBodyHeaders(request, bounds.bodyBytesMax);
    const bytes = await readBody(request, bounds.bodyBytesMax);
    if (bytes.length > INLINE_BYTES_MAX) {
      const context = contextOf(NO_BODY, route.configuration, undefined, frame.registeredSecrets);
      const job = { direction: "request", bytes, protocol: route.protocol.id, endpoint: endpoint.name } as const;
      const examined = await options.pool.request({ ...job, frame: { ...frame, firstIndex: 0, context } });
      if (!examined.ok) throw new Fault(examined.code, { message: examined.message });
      return { bytes, ...examined.value };
    }
    const decoded = decodeRequestBody(bytes, endpoint, bounds.depthMax);
    if (!decoded.ok) throw new Fault(decoded.code, { message: decoded.message });
    return { bytes, decoded: decoded.value, inspected: undefined };
  };

  const open = (
    request: IncomingMessage,
    id: ExchangeId,
    match: RouteMatch,
    endpoint: Endpoint,
    decoded: DecodedRequest,
    key: StoredKey | undefined,
    startedMs: number,
    bytes: number,
  ): Exchange => {
    const { configuration } = match.route;
    const identity = identify(request.headers, decoded, key, configuration);
    const { principal, ...who } = identity;
    return createExchange(
      {
        origin: {
          tenant: key?.tenant ?? DEFAULT_TENANT,
          exchange: id,
          route: configuration.id,
          protocol: match.route.protocol.id,
          endpoint: endpoint.name,
          model: decoded.model,
          ...who,
          principal: principalName(principal),
          ...(key !== undefined && { key: key.id }),
          address: (request.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
          node: options.node,
          boot: options.boot,
          streamed: decoded.stream,
        },
        route: configuration,
        mode: match.route.mode(),
        principal,
        startedMs,
        requestBytes: bytes,
      },
      road,
    );
  };

  const pass = async (passage: Passage, { bytes, inspected }: ReadRequest): Promise<void> => {
    const { exchange, match, decoded, response } = passage;
    const { configuration } = match.route;
    const canary =
      configuration.canary && bytes !== undefined
        ? plantCanary(options.canaryKey, exchange.origin, decoded)
        : undefined;
    const context = contextOf(decoded, configuration, canary, options.registeredSecrets());
    const step = exchange.judgeRequest(decoded, context, inspected);
    if (step.stop) {
      await refuse(passage);
      return;
    }
    const body =
      bytes === undefined
        ? undefined
        : editBody(bytes, { segments: decoded.segments, replacements: step.replacements, canary });
    await exchange.recordOpened();
    if (passage.caller.isGone()) {
      await exchange.close({ state: "client_aborted", status: 0, responseBytes: 0, waitedMs: 0 }, false);
      return;
    }
    const askedMs = clock.monotonic();
    const asked = { ...passage, beforeUpstreamMs: askedMs - passage.startedMs };
    const answer = await send(asked, body);
    if (decoded.stream && answer.status === 200) await relayStream(asked, answer);
    else await relayPlain(asked, answer, clock.monotonic() - askedMs);
    if (!response.writableEnded && !response.destroyed) response.end();
  };

  const send = (passage: Passage, body: Buffer | undefined): Promise<UpstreamResponse> => {
    const { request, match, endpoint } = passage;
    const { route } = match;
    const headers = forwardHeaders(request.headers, body);
    const credential = route.credential();
    const { header, prefix } = route.protocol.credential;
    if (credential === "caller") {
      // A caller that sent its gateway key as the bearer token has no credential of its own to pass on.
      const isGatewayKey = options.keyring().guarded && request.headers["x-parapet-key"] === undefined;
      const own = request.headers[header];
      if (typeof own === "string" && !isGatewayKey) headers[header] = own;
    } else if (credential !== undefined) headers[header] = prefix + credential;
    return route.upstream.send(
      { method: endpoint.method, path: match.rest + match.query, headers, ...(body !== undefined && { body }) },
      passage.call,
    );
  };

  const refuse = async ({ exchange, response, match, endpoint, decoded }: Passage): Promise<void> => {
    const verdict = exchange.verdict();
    const { configuration, protocol } = match.route;
    const notice = noticeOf(verdict, exchange.origin.exchange, configuration.detail);
    const refusal = configuration.block_as === "refusal" && verdict.action === "block";
    const status = refusal ? 200 : statusOf(notice);
    await exchange.close({ state: "blocked", status, responseBytes: 0, waitedMs: 0 });
    const headers = {
      ...verdictHeaders(exchange.origin.exchange, verdict, configuration.detail),
      "x-should-retry": "false",
    };
    if (refusal && decoded.stream && endpoint.refusalStream !== undefined) {
      response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
      response.end(
        endpoint
          .refusalStream({ ...notice, model: decoded.model })
          .map((data) => `data: ${data}\n\n`)
          .join(""),
      );
      return;
    }
    if (refusal && endpoint.refusal !== undefined) {
      sendJson(response, 200, headers, endpoint.refusal({ ...notice, model: decoded.model }));
      return;
    }
    const retry = status === 429 ? { "retry-after": "30" } : {};
    sendJson(
      response,
      status,
      { ...headers, ...retry },
      protocol.error({ status, code: notice.code, message: notice.message }),
    );
  };

  /** Every way out that is no answer of the road: one fault, one terminal record, one metric. */
  const fail = async (
    error: unknown,
    passage: Partial<Passage> & Pick<Passage, "request" | "response" | "match">,
    id: string,
  ): Promise<void> => {
    const fault = toFault(error);
    if (fault.code === "internal") logger.error({ exchange: id, error }, "the gateway failed");
    const { exchange, request, response, match } = passage;
    const gone = passage.caller?.isGone() === true;
    const state = gone ? "client_aborted" : stateOf(fault);
    if (exchange !== undefined) {
      const ending = {
        state,
        status: gone ? 0 : fault.status,
        detail: fault.detail ?? fault.message,
        responseBytes: 0,
        waitedMs: 0,
      } as const;
      await exchange.close(ending, false);
    }
    metrics.fault(fault.code);
    passage.call?.go();
    if (!gone)
      sendFault(response, match.route.protocol, fault, {
        ...verdictHeaders(id, exchange?.verdict()),
        ...leaveUnread(request),
      });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedMs = clock.monotonic();
    const match = table.match(request.url ?? "/");
    if (match === undefined) {
      response.writeHead(404).end();
      return;
    }
    const id = uuidv7<ExchangeId>(clock.now());
    const caller = createDeparture();
    const call = createDeparture();
    response.on("close", () => {
      if (response.writableFinished) return;
      caller.go();
      call.go();
    });
    let passage: Passage | undefined;
    inFlight += 1;
    try {
      if (inFlight > bounds.exchangesMax) throw new Fault("overloaded", { retryAfterSeconds: 1 });
      const key = await authenticate(request, match);
      const endpoint = endpointOf(match.route.protocol, request.method ?? "", match.rest);
      if (endpoint === undefined) throw new Fault("unknown_endpoint", { detail: `${request.method} ${match.rest}` });
      // A query is text that no detector reads; the only one that providers ask for names a version.
      if (!/^(\?api-version=[\w.-]{1,40})?$/.test(match.query))
        throw new Fault("bad_request", { message: "This endpoint takes no query parameters." });
      const frame = frameOf(id, key?.tenant ?? DEFAULT_TENANT, match.route.configuration);
      const read = await readAndDecode(request, match, endpoint, frame);
      const { bytes, decoded } = read;
      // A body that names no model gets the provider's default, which nobody has put on the key's list.
      const asksModel = decoded.model !== "" || endpoint.body === "json";
      if (key !== undefined && asksModel && !allowsModel(key, decoded.model))
        throw new Fault("forbidden", { message: "This key may not use this model." });
      const exchange = open(request, id, match, endpoint, decoded, key, startedMs, bytes?.length ?? 0);
      const spend = (tokens: number): void => {
        if (key !== undefined) void options.limits.spend(key, tokens, clock.now());
      };
      passage = {
        request,
        response,
        match,
        endpoint,
        exchange,
        decoded,
        bounds,
        clock,
        startedMs,
        spend,
        frame,
        pool: options.pool,
        beforeUpstreamMs: 0,
        caller,
        call,
      };
      await pass(passage, read);
    } catch (error) {
      if (passage === undefined) noteRefusal(toFault(error), request, match, id);
      await fail(error, passage ?? { request, response, match }, id);
    } finally {
      inFlight -= 1;
      metrics.exchange(
        match.route.configuration.id,
        passage?.exchange.verdict().action ?? "refused",
        clock.monotonic() - startedMs,
      );
    }
  };

  /** What never became an exchange is kept as an audit event, without anything the caller sent. */
  const noteRefusal = (fault: Fault, request: IncomingMessage, match: RouteMatch, id: string): void => {
    road.recorder.note({
      kind: "audit",
      schemaVersion: 1,
      id: uuidv7<EventId>(clock.now()),
      time: toTimestamp(clock.now()),
      tenant: DEFAULT_TENANT,
      type: "exchange.refused",
      actor: "anonymous",
      address: (request.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
      target: match.route.configuration.id,
      outcome: "failure",
      detail: { exchange: id, code: fault.code, status: fault.status, reason: fault.detail ?? "" },
    });
  };

  return {
    owns: (url) => table.match(url) !== undefined,
    handle,
    inFlight: () => inFlight,
    close: async () => {
      await options.pool.close();
      await table.close();
    },
  };
};

/** `x-parapet-key`, else the bearer token. */
const presentedKey = ({ headers }: IncomingMessage): string | undefined => {
  const own = headers["x-parapet-key"];
  if (typeof own === "string") return own;
  return /^Bearer (\S{1,400})$/i.exec(headers.authorization ?? "")?.[1];
};

interface ReadRequest {
  readonly bytes: Buffer | undefined;
  readonly decoded: DecodedRequest;
  /** Present when a worker inspected it on the way. */
  readonly inspected: Inspected | undefined;
}

const NO_BODY: DecodedRequest = {
  segments: [],
  unscannable: [],
  model: "",
  stream: false,
  session: "",
  user: "",
  fingerprint: [],
  toolNames: [],
  tokensMax: 0,
};
