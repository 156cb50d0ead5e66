import { type ExchangeState } from "@parapet/model";
import type { KeptAnswer } from "#approvals";
import { Fault, toFault, type SseItem } from "#platform";
import { createStreamGuard, isHeld, type Ending, type GuardOutput, type StreamGuard } from "#pipeline";
import type { StreamDecoder } from "#protocols";
import { verdictHeaders } from "./answer.ts";
import { KEPT_BYTES_MAX, settle, stopOf } from "./approvals.ts";
import { toolOf, type Passage } from "./passage.ts";
import { mediaType, returnHeaders } from "./headers.ts";
import { framingOf } from "./stream-framing.ts";
import { documentsOfStream } from "./stream-documents.ts";
import { createStreamSender, type StreamSender } from "./stream-sender.ts";
import { stateOf } from "./terminal-state.ts";
import type { UpstreamResponse } from "./upstream.ts";

const EVENT_BYTES_MAX = 1024 * 1024;

/** Relays a stream through the guard: nothing is sent before it was inspected, nothing is buffered whole. */
export const relayStream = async (passage: Passage, answer: UpstreamResponse): Promise<void> => {
  const { exchange, endpoint, response, caller } = passage;
  const type = mediaType(answer.headers["content-type"]);
  const framing = framingOf(endpoint, passage.match.query);
  if (type !== framing.type || endpoint.streamDecoder === undefined) {
    throw new Fault("upstream_invalid", { detail: `asked for a stream, got ${type || "no content type"}` });
  }
  const decoder = endpoint.streamDecoder(exchange.nextSegmentIndex(), passage.decoded);
  const guard = createStreamGuard(exchange, decoder, toolOf(passage), documentsOfStream(passage));
  const headers = () => ({
    ...returnHeaders(answer.headers, passage.match.route.protocol.headers.returned),
    ...verdictHeaders(exchange.origin.exchange, exchange.verdict(), passage.match.route.configuration.detail),
    ...relay.stopHeaders,
  });
  const sender = createStreamSender(
    response,
    headers,
    caller,
    passage.match.route.configuration.timeouts.readerMs,
    framing,
  );
  const relay: Relay = {
    passage,
    guard,
    decoder,
    sender,
    answer,
    tape: passage.bodyHash === undefined ? undefined : [],
    stopHeaders: {},
    bytes: 0,
    heldBytes: 0,
    ownMs: 0,
    firstByteMs: undefined,
  };

  try {
    await pump(relay, answer);
  } catch (error) {
    guard.abandon();
    await breakOff(relay, toFault(error));
  }
};

interface Relay {
  readonly passage: Passage;
  readonly guard: StreamGuard;
  readonly decoder: StreamDecoder;
  readonly sender: StreamSender;
  readonly answer: UpstreamResponse;
  /** The stream as it came, to be given out again once a person approved it; undefined where none may be asked, or it is too long. */
  tape: Buffer[] | undefined;
  /** Of a stop before the first byte. */
  stopHeaders: Readonly<Record<string, string>>;
  bytes: number;
  heldBytes: number;
  /** Time that inspecting, deciding and recording took. */
  ownMs: number;
  firstByteMs: number | undefined;
}

const pump = async (relay: Relay, answer: UpstreamResponse): Promise<void> => {
  const { passage, guard } = relay;
  const parser = framingOf(passage.endpoint, passage.match.query).parser({
    eventBytesMax: passage.endpoint.eventBytesMax ?? EVENT_BYTES_MAX,
  });
  for await (const piece of answer.body.pieces()) {
    relay.bytes += piece.length;
    if (relay.bytes > passage.bounds.responseBytesMax) throw new Fault("upstream_too_large");
    record(relay, piece);
    if (await relayItems(relay, parser.push(piece))) return;
  }
  if (await relayItems(relay, parser.end())) return;
  const output = await guard.end();
  const isBroken = output.stopped !== undefined && isHeld(output.stopped) && !guard.summary().isWhole;
  if (output.stopped !== undefined && !isBroken) return stop(relay, output);
  await relay.sender.send(output.outgoing);
  // Without the protocol's end nobody knows whether this was all: never recorded as success.
  if (!guard.summary().isWhole) throw new Fault("upstream_reset", { detail: "the stream ended without its end" });
  await finish(relay);
};

/** Keeps a piece as long as all of them may wait for a person. */
const record = (relay: Relay, piece: Buffer): void => {
  if (relay.tape === undefined) return;
  if (relay.bytes > KEPT_BYTES_MAX) relay.tape = undefined;
  else {
    relay.passage.share.take(piece.length);
    relay.tape.push(piece);
  }
};

/** Counts what the guard keeps, at its highest so far: what waited and went out leaves room for what waits next. */
const takeHeld = (relay: Relay): void => {
  const more = relay.guard.heldBytes() - relay.heldBytes;
  if (more <= 0) return;
  relay.passage.share.take(more);
  relay.heldBytes += more;
};

/** Answers whether the stream is over. */
const relayItems = async (relay: Relay, items: readonly SseItem[]): Promise<boolean> => {
  const { passage, guard, sender } = relay;
  for (const item of items) {
    if (passage.caller.isGone()) throw new Fault("bad_request", { detail: "the caller left" });
    if (!item.ok) throw new Fault("upstream_invalid", { detail: item.fault.message });
    const { data, event, isPlain, raw } = item.value;
    if (data === undefined) {
      sender.heartbeat();
      continue;
    }
    const startMs = passage.clock.monotonic();
    const named = event === undefined ? {} : { name: event };
    const output = await guard.push({ data, ...named, raw: isPlain ? raw : undefined });
    takeHeld(relay);
    relay.ownMs += passage.clock.monotonic() - startMs;
    if (output.stopped !== undefined) {
      await stop(relay, output);
      return true;
    }
    if (output.done) {
      await finish(relay, output);
      return true;
    }
    if (output.outgoing.length > 0) relay.firstByteMs ??= passage.clock.monotonic() - passage.startedMs;
    await sender.send(output.outgoing);
  }
  return false;
};

const endingOf = (relay: Relay, state: ExchangeState, detail?: string): Ending => {
  const { passage, guard } = relay;
  const { usage, finishReason } = guard.summary();
  const { response, clock, startedMs } = passage;
  const total = clock.monotonic() - startedMs;
  return {
    state,
    // A stream that policy ends, also before its first byte, ends as a stream does.
    status: response.headersSent || state === "completed" || state === "blocked" ? 200 : 0,
    ...(detail !== undefined && { detail }),
    ...(usage !== undefined && { usage }),
    ...(finishReason !== undefined && { finishReason }),
    ...(relay.firstByteMs !== undefined && { firstByteMs: relay.firstByteMs }),
    responseBytes: relay.bytes,
    waitedMs: total - relay.ownMs - passage.beforeUpstreamMs,
  };
};

/** The terminal record is durable before the last events are sent. */
const finish = async (relay: Relay, output?: GuardOutput): Promise<void> => {
  const { passage, guard, sender } = relay;
  const { usage, upstreamError, keptIds } = guard.summary();
  await passage.keep({ keeps: keptIds });
  passage.spend((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0));
  await passage.exchange.close(
    // The error's words are a captured text like any other, kept as `capture` says; here they would stand in clear.
    upstreamError === undefined
      ? endingOf(relay, "completed")
      : endingOf(relay, "upstream_error", "the upstream sent an error in its stream"),
  );
  if (output !== undefined) await sender.send(output.outgoing);
  sender.end();
};

/** A policy ends the stream: in the protocol's own way, or with a completion where the route or what is held says so. */
const stop = async (relay: Relay, output: GuardOutput): Promise<void> => {
  const { passage, decoder, sender, guard } = relay;
  const { exchange, endpoint, response } = passage;
  const verdict = output.stopped ?? exchange.verdict();
  const step = await settle(passage, { stop: true, verdict, replacements: new Map() }, guard.texts(), keptOf(relay));
  if (!step.stop) return finish(relay, await guard.letGo());
  if (isHeld(verdict)) await guard.withhold();
  const { notice, completes, headers } = stopOf(passage, verdict, step.asked, true);
  await exchange.close(endingOf(relay, "blocked"));
  const whole = completes && !response.headersSent ? endpoint.refusalStream?.(notice) : undefined;
  relay.stopHeaders = headers;
  const events = whole ?? (completes ? guard.withheld(notice) : undefined) ?? decoder.blocked(notice);
  await sender.send(events.map((event) => ({ kind: "data", ...event })));
  sender.end();
  passage.call.go();
};

const keptOf = ({ answer, tape }: Relay): KeptAnswer | undefined =>
  tape === undefined
    ? undefined
    : {
        status: answer.status,
        contentType: answer.headers["content-type"]?.toString() ?? "",
        body: Buffer.concat(tape),
      };

const breakOff = async (relay: Relay, fault: Fault): Promise<void> => {
  const { passage, decoder, sender } = relay;
  const { exchange, response, caller } = passage;
  passage.call.go();
  if (caller.isGone()) {
    await exchange.close(endingOf(relay, "client_aborted", caller.why()), false);
    return;
  }
  if (!response.headersSent) throw fault;
  await exchange.close(endingOf(relay, stateOf(fault), fault.detail ?? fault.message), false);
  const events = decoder.failed({ code: fault.code, message: fault.message });
  await sender.send(events.map((event) => ({ kind: "data", ...event })));
  sender.end();
};
