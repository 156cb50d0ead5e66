import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExchangeId } from "@parapet/model";
import { gravestEffect } from "#pipeline";
import { Fault, isSameForm, sha256Hex, systemClock, toFault, uuidv7, type Logger } from "#platform";
import { verdictHeaders } from "./answer.ts";
import { addressOf, cleanPath, createAdmission, type AdmissionOptions, type Admitted } from "./admission.ts";
import { answerWaiting, keptResponse, mayHold, settle, waitingFor } from "./approvals.ts";
import { HEAD_BYTES_HEADER, headBytesOf } from "./body-shape.ts";
import { createByteBudget } from "./byte-budget.ts";
import { BodyRefused } from "./decoded-body.ts";
import { createDeparture } from "./departure.ts";
import { editBody } from "./edit-body.ts";
import { contextOf, plantCanary } from "./exchange-context.ts";
import { forwardHeaders, JSON_TYPE, mediaType } from "./headers.ts";
import { callerHeaders } from "./caller-headers.ts";
import { createKeptUploads } from "./kept-uploads.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import type { Passage } from "./passage.ts";
import { peerRequestOf } from "./peer.ts";
import { liftCredential } from "./lift-credential.ts";
import { createRefusalLog } from "./refusal-log.ts";
import { answerBlocked, answerFault, refusalRecord, type Failing } from "./refusals.ts";
import { relayPlain } from "./relay-plain.ts";
import { relayStream } from "./relay-stream.ts";
import { denialOf, type Route, type RouteTable } from "./route-table.ts";
import { undoAtUpstream } from "./undo-at-upstream.ts";
import type { Upstream, UpstreamResponse } from "./upstream.ts";

export interface GatewayOptions extends Omit<AdmissionOptions, "clock" | "uploads"> {
  readonly table: RouteTable;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  /** Key from which canaries are derived. */
  readonly canaryKey: Buffer;
  readonly clock?: AdmissionOptions["clock"];
}

export interface Gateway {
  /** Whether a URL belongs to a route. */
  readonly owns: (url: string) => boolean;
  /** The guard's route at a URL; undefined where there is none. */
  readonly guardAt: (url: string) => Pick<Route, "configuration" | "mode"> | undefined;
  /** `upstream`: who is asked in place of the route's own. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, upstream?: Upstream) => Promise<void>;
  /** Why a connection may not become a WebSocket or anything else: the protocol's error, with its headers. */
  readonly refuseUpgrade: (request: IncomingMessage) => RefusedUpgrade | undefined;
  readonly inFlight: () => number;
  /** Of bodies, held by all exchanges in flight and by answers that are not taken yet. */
  readonly bytesInFlight: () => number;
  /** Of uploads in parts that are not completed. */
  readonly uploadBytes: () => number;
  readonly close: () => Promise<void>;
}

export interface RefusedUpgrade {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const NO_BYTES = Buffer.alloc(0);

/** Admits, judges, records, asks the upstream, relays: the order of architecture.md, each step in its own file. */
export const createGateway = (options: GatewayOptions): Gateway => {
  const { table, road, bounds, metrics, logger, pool } = options;
  const clock = options.clock ?? systemClock;
  const uploads = createKeptUploads(bounds, clock);
  const admit = createAdmission({ ...options, clock, uploads });
  const refusalLog = createRefusalLog();
  const budget = createByteBudget(bounds.inFlightBytesMax);
  let inFlight = 0;

  const pass = async (passage: Passage, { bytes, inspected }: Admitted): Promise<void> => {
    const { exchange, match, decoded, endpoint, response } = passage;
    const { configuration } = match.route;
    const plants = configuration.canary && bytes !== undefined;
    const canary = plants ? plantCanary(options.canaryKey, exchange.origin, decoded) : undefined;
    const context = contextOf(decoded, configuration, canary, passage.frame.registeredSecrets);
    const { peer } = match.route;
    const agent = peer === undefined ? undefined : await peer.admit(peerRequestOf(passage, options.keyring().guarded));
    const consulted = exchange.consultOnRequest(decoded, context, inspected);
    const done = consulted instanceof Promise ? await consulted : consulted;
    const said = exchange.judgeRequest(decoded, context, done, agent?.applied);
    const call = decoded.act && { ...decoded.act, server: configuration.id, definition: agent?.definition };
    const judged = call === undefined ? said : await exchange.judgeProposed(call);
    const safer = table.saferThan(match.route);
    const isDiverted = judged.stop && judged.verdict.action === "divert" && safer !== undefined;
    // What waits for an agent's card to be approved is not let go by approving one request.
    const isOfCard = agent?.applied !== undefined;
    const step = isDiverted
      ? await exchange.divert(judged)
      : isOfCard
        ? judged
        : await settle(passage, judged, decoded.segments);
    if (step.stop) {
      await answerBlocked(passage, step);
      return undoAtUpstream(passage, step, logger, askUpstream);
    }
    const waiting = await waitingFor(passage);
    if (waiting !== undefined && waiting.kind !== "approved") return answerWaiting(passage, waiting);
    const edit = { segments: decoded.segments, replacements: step.replacements, canary };
    const body = bytes === undefined ? undefined : editBody(bytes, edit);
    if (body !== undefined && bytes !== undefined && body !== bytes) {
      if (passage.endpoint.body === "form" && !isSameForm(bytes, body))
        throw new Fault("not_inspected", { message: "What must not be sent cannot be taken out of this form." });
      passage.share.take(body.length);
      passage.isEdited = true;
    }
    await exchange.recordOpened();
    if (passage.caller.isGone()) {
      return exchange.close({ state: "client_aborted", status: 0, responseBytes: 0, waitedMs: 0 }, false);
    }
    const askedMs = clock.monotonic();
    passage.beforeUpstreamMs = askedMs - passage.startedMs;
    const grown = (body?.length ?? 0) - (bytes?.length ?? 0);
    const ask = (route: Route): Promise<UpstreamResponse> => {
      const upstream = () => askUpstream({ ...passage, match: { ...match, route } }, body, grown, agent?.pathOf);
      return agent === undefined ? upstream() : agent.ask(upstream);
    };
    const answer =
      waiting?.answer === undefined ? await ask(isDiverted ? safer : match.route) : keptResponse(waiting.answer);
    const divertTo = safer === undefined || isDiverted ? undefined : () => ask(safer);
    const isWhole = endpoint.mayAnswerWhole === true && mediaType(answer.headers["content-type"]) === JSON_TYPE;
    if (decoded.stream && answer.status === 200 && !isWhole) await relayStream(passage, answer);
    else await relayPlain(passage, answer, clock.monotonic() - askedMs, divertTo);
    if (!response.writableEnded && !response.destroyed) response.end();
  };

  const askUpstream = (
    { request, match, endpoint, exchange, call }: Passage,
    body: Buffer | undefined,
    grownBytes: number,
    pathOf = (rest: string): string | undefined => rest,
  ): Promise<UpstreamResponse> => {
    const { protocol, upstream, credential } = match.route;
    const headBytes = endpoint.body === "tensors" ? headBytesOf(request.headers[HEAD_BYTES_HEADER]) : undefined;
    const head = headBytes === undefined ? undefined : headBytes + grownBytes;
    const headers = forwardHeaders(request.headers, body, protocol.headers.forwarded, endpoint.body, head);
    Object.assign(headers, protocol.headers.fixed);
    const { header, prefix, sign } = protocol.credential;
    const below = pathOf(match.rest);
    if (below === undefined) throw new Fault("unknown_endpoint", { message: "The agent offers no such interface." });
    const path = below + match.query;
    Object.assign(headers, callerHeaders({ request, match, exchange }, options.keyring().guarded));
    const value = credential();
    if (value !== undefined && value !== "caller") {
      const signed = sign?.({
        method: endpoint.method,
        url: new URL((match.route.configuration.upstream ?? "").replace(/\/$/, "") + path),
        body: body ?? NO_BYTES,
        credential: value,
        callerAuthorization: request.headers.authorization,
        nowMs: clock.now(),
      });
      Object.assign(headers, signed ?? { [header]: prefix + value });
      // Whose account our own credential is used for is not the caller's to choose.
      for (const name of protocol.headers.account) delete headers[name];
    }
    const { guard, detail } = match.route.configuration;
    const verdict = guard && verdictHeaders(exchange.origin.exchange, exchange.verdict(), detail);
    const sent = { method: endpoint.method, path, headers, ...(body && { body }), ...(verdict && { verdict }) };
    return upstream.send(sent, call);
  };

  const refuseUpgrade = (request: IncomingMessage): RefusedUpgrade | undefined => {
    const match = table.match(request.url ?? "/");
    if (match === undefined) return undefined;
    const { protocol } = match.route;
    const denial = denialOf(protocol, match.rest) ?? {
      message: "Connections cannot be upgraded here: what goes over them would be inspected by nobody.",
    };
    const fault = new Fault("unknown_endpoint", { detail: `upgrade of ${cleanPath(match.rest)}`, ...denial });
    const id = uuidv7<ExchangeId>(clock.now());
    noteRefusal(fault, { request, match }, id);
    metrics.fault(fault.code);
    const { status, code, message } = fault;
    const headers = { ...verdictHeaders(id, undefined), "content-type": JSON_TYPE, "x-should-retry": "false" };
    return { status, headers, body: protocol.error({ status, code, message, path: match.rest }) };
  };

  const noteRefusal = (fault: Fault, failing: Pick<Failing, "request" | "match">, id: string): void => {
    const nowMs = clock.now();
    const kind = `${addressOf(failing.request)} ${failing.match.route.configuration.id} ${fault.code}`;
    const suppressed = refusalLog.admit(kind, nowMs);
    if (suppressed !== undefined) road.recorder.note(refusalRecord(fault, failing, id, { nowMs, suppressed }));
  };

  const fail = async (error: unknown, failing: Failing, id: string): Promise<void> => {
    const fault = toFault(error);
    if (fault.code === "internal") logger.error({ exchange: id, error }, "the gateway failed");
    if (failing.exchange === undefined) noteRefusal(fault, failing, id);
    if (failing.exchange === undefined || failing.match.route.lane === undefined) metrics.fault(fault.code);
    const decoded = fault instanceof BodyRefused && fault.replyTo !== undefined && { replyTo: fault.replyTo };
    await answerFault(fault, decoded === false ? failing : { ...failing, decoded }, id);
  };

  const handle: Gateway["handle"] = async (request, response, upstream) => {
    const startedMs = clock.monotonic();
    const found = table.match(request.url ?? "/");
    const lifted = found === undefined ? undefined : liftCredential(request, found);
    const match =
      lifted === undefined || upstream === undefined ? lifted : { ...lifted, route: { ...lifted.route, upstream } };
    if (match === undefined) {
      response.writeHead(404).end();
      return;
    }
    const id = uuidv7<ExchangeId>(clock.now());
    const caller = createDeparture();
    const call = createDeparture();
    const share = budget.open();
    const { wholeMs, readerMs } = match.route.configuration.timeouts;
    const limit = setTimeout(() => {
      const why = `the exchange took longer than ${wholeMs} ms`;
      call.go(why);
      // Where the caller is what it waits for, ending the upstream's call ends nothing.
      if (!response.writableNeedDrain && !response.writableEnded) return;
      caller.go(why);
      response.destroy();
    }, wholeMs);
    limit.unref();
    response.on("close", () => {
      clearTimeout(limit);
      share.keepOnly(0);
      if (response.writableFinished) return;
      caller.go();
      call.go();
    });
    let passage: Passage | undefined;
    let admitted: Admitted | undefined;
    inFlight += 1;
    try {
      if (inFlight > bounds.exchangesMax) throw new Fault("overloaded", { retryAfterSeconds: 1 });
      admitted = await admit(request, match, { id, startedMs, share });
      const { endpoint, exchange, decoded, bytes, frame, spend, keep } = admitted;
      passage = {
        request,
        response,
        match,
        bounds,
        clock,
        startedMs,
        pool,
        beforeUpstreamMs: 0,
        share,
        caller,
        call,
        endpoint,
        exchange,
        decoded,
        frame,
        isEdited: false,
        tensors: tensorsOf(request, admitted),
        recorder: road.recorder,
        spend,
        keep,
        operation: admitted.operation,
        bodyHash: bytes !== undefined && mayHold(road.policies()) ? () => sha256Hex(bytes) : undefined,
        approvals: road.approvals,
      };
      await pass(passage, admitted);
    } catch (error) {
      await fail(error, passage ?? { request, response, match }, id).catch((worse: unknown) => {
        logger.error({ exchange: id, error: worse }, "the gateway could not even refuse");
        response.destroy();
      });
    } finally {
      admitted?.leave();
      inFlight -= 1;
      // All is recorded and handed over; a caller that does not take it may not keep it here.
      share.keepOnly(response.destroyed ? 0 : response.writableLength);
      if (response.writableEnded && !response.writableFinished) response.setTimeout(readerMs, () => response.destroy());
      const verdict = passage?.exchange.verdict().action ?? "refused";
      const route = match.route.configuration.id;
      // What Parapet sends itself is no traffic; a stranger that tried its lane is.
      if (passage === undefined || match.route.lane === undefined)
        metrics.exchange(route, verdict, clock.monotonic() - startedMs);
      if (passage !== undefined && match.route.lane === undefined) {
        if (passage.exchange.isRefused()) metrics.refusal(route);
        metrics.masking(route, passage.exchange.masking());
        for (const call of passage.exchange.toolCalls())
          metrics.toolCall(gravestEffect(call) ?? "unknown", call.decision?.action ?? "unknown");
      }
    }
  };

  return {
    owns: (url) => table.match(url) !== undefined,
    guardAt: (url) => {
      const route = table.match(url)?.route;
      return route?.lane === undefined && route?.configuration.guard !== undefined ? route : undefined;
    },
    handle,
    refuseUpgrade,
    inFlight: () => inFlight,
    bytesInFlight: budget.bytes,
    uploadBytes: uploads.bytes,
    close: async () => {
      await pool.close();
      await table.close();
    },
  };
};

const tensorsOf = ({ headers }: IncomingMessage, { endpoint, bytes }: Admitted): Passage["tensors"] =>
  endpoint.body === "tensors" && bytes !== undefined
    ? { bytes, headBytes: headBytesOf(headers[HEAD_BYTES_HEADER]) }
    : undefined;
