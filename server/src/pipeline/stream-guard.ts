import type { RecordedMatch, Usage, Verdict } from "@parapet/model";
import { Fault } from "#platform";
import type { StreamDecoder, StreamEvent, StreamText } from "#protocols";
import type { Exchange } from "./exchange.ts";
import { createStreamChannel, type StreamChannel } from "./stream-channel.ts";
import type { Inspected } from "./inspect-segments.ts";
import { stops, type Judgement } from "./judge.ts";

/** One event as it came: its `data`, and the bytes it stood in. */
export interface RawEvent {
  readonly data: string;
  /** Absent when they hold something that nobody inspects; the event is then written anew. */
  readonly raw: Buffer | undefined;
}

/** An event to send: the bytes as they came, or new `data`. */
export type Outgoing =
  | { readonly kind: "raw"; readonly raw: Buffer }
  | { readonly kind: "data"; readonly data: string };

export interface GuardOutput {
  readonly outgoing: readonly Outgoing[];
  /** Set when a policy ends the stream; `outgoing` must not follow it. */
  readonly stopped?: Verdict;
  /** The protocol's own end was seen. */
  readonly done: boolean;
}

/** Events that wait for a tool call to be judged may not grow without bound. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

interface Waiting {
  readonly event: RawEvent;
  readonly decoded: StreamEvent;
  /** Where each text of the event ended in its channel, so that an event that waited is let go as it came. */
  readonly ends: readonly number[];
}

/**
 * Inspects a response while it flows. Text is held back only as far as a span that could still complete;
 * tool calls are put together and judged before their first byte is released; while one is being put
 * together the events behind it wait, so that the order of events stays.
 */
export const createStreamGuard = (exchange: Exchange, decoder: StreamDecoder) => {
  const channels = new Map<string, StreamChannel>();
  const kept = new Set<StreamChannel>();
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let redact: readonly RecordedMatch[] = [];
  let redactionsRecorded = 0;
  let unreadable = 0;
  let firstByteRecorded = false;
  let usage: Usage | undefined;
  let finishReason: string | undefined;
  let upstreamError: string | undefined;
  let done = false;

  const channelOf = (text: StreamText): StreamChannel => {
    const known = channels.get(text.channel);
    if (known !== undefined) return known;
    const channel = createStreamChannel(text, exchange.takeSegmentIndex(), exchange.channelTools(text));
    channels.set(text.channel, channel);
    return channel;
  };

  const everything = (): Inspected => {
    const all = [...channels.values()].map((channel) => channel.inspected());
    return {
      matches: all.flatMap(({ matches }) => matches),
      receipt: { detectors: [], segments: [], reasons: [], parts: [] },
      digests: [],
      unscannable: unreadable + all.reduce((sum, one) => sum + one.unscannable, 0),
      unreadableParts: unreadable,
      failed: all.reduce((sum, one) => sum + one.failed, 0),
    };
  };

  const redactionsOf = (judgement: Judgement, found: readonly RecordedMatch[]): readonly RecordedMatch[] =>
    judgement.verdict.action === "redact" ? judgement.redact.flatMap((index) => found[index] ?? []) : [];

  /** Decides again over all that was found; answers the verdict when it ends the stream. */
  const decide = (): Verdict | undefined => {
    const found = everything();
    const judgement = exchange.judgeStream(found);
    redact = [...new Set([...redact, ...redactionsOf(judgement, found.matches)])];
    return stops(judgement.verdict) ? judgement.verdict : undefined;
  };

  /** A tool call is complete: judge it by its own name and arguments. */
  const decideCall = (channel: StreamChannel): Verdict | undefined => {
    const call = channel.toolCall();
    const own = channel.inspected();
    const judgement = exchange.judgeStream(own, call);
    redact = [...new Set([...redact, ...redactionsOf(judgement, own.matches)])];
    return stops(judgement.verdict) ? judgement.verdict : undefined;
  };

  const keep = (channel: StreamChannel): void => {
    if (kept.has(channel)) return;
    kept.add(channel);
    exchange.keepStreamed(channel.segment(), channel.inspected(), channel.toolCall());
  };

  const isOpenCall = (channel: StreamChannel): boolean => channel.text.kind !== "text" && !channel.isFinished();

  /** Ends channels; answers the verdict that stops the stream, if one does. */
  const finish = async (ending: readonly StreamChannel[]): Promise<Verdict | undefined> => {
    for (const channel of ending) {
      if (channel.isFinished()) continue;
      const news = channel.finish();
      const stopping =
        (news ? decide() : undefined) ?? (channel.toolCall() === undefined ? undefined : decideCall(channel));
      keep(channel);
      if (stopping !== undefined) return stopping;
      const call = channel.toolCall();
      if (call !== undefined) await exchange.recordReleased("tool-call", channel.matches(), call);
    }
    return undefined;
  };

  /** Turns an event into what may be sent of it now. */
  const emit = ({ event, decoded, ends }: Waiting): Outgoing[] => {
    const before: Outgoing[] = [];
    const deltas = new Map<string, string>();
    for (const [position, text] of decoded.texts.entries()) {
      const channel = channelOf(text);
      const sendable = channel.release(
        redact.filter(({ segment }) => segment === channel.index),
        ends[position],
      );
      if (sendable !== text.delta) deltas.set(text.channel, sendable);
    }
    for (const name of decoded.done ? channels.keys() : decoded.ends) {
      const channel = channels.get(name);
      if (channel === undefined || decoded.texts.some((text) => text.channel === name)) continue;
      const rest = channel.release(redact.filter(({ segment }) => segment === channel.index));
      if (rest !== "") before.push({ kind: "data", data: decoder.flush(name, rest) });
    }
    if (deltas.size === 0)
      return [
        ...before,
        event.raw === undefined ? { kind: "data", data: event.data } : { kind: "raw", raw: event.raw },
      ];
    return [...before, { kind: "data", data: decoded.rewrite(deltas) }];
  };

  const stop = async (verdict: Verdict): Promise<GuardOutput> => {
    for (const channel of channels.values()) keep(channel);
    await exchange.recordReleased("block", everything().matches);
    return { outgoing: [], stopped: verdict, done: false };
  };

  /** What must be durable before anything more is let go: the first byte, and each redaction. */
  const recordBefore = async (): Promise<void> => {
    if (!firstByteRecorded) {
      firstByteRecorded = true;
      await exchange.recordReleased("first-byte", []);
    }
    if (redact.length > redactionsRecorded) {
      const fresh = redact.slice(redactionsRecorded);
      redactionsRecorded = redact.length;
      await exchange.recordReleased("redaction", fresh);
    }
  };

  /** Lets everything go that waits. */
  const flush = async (): Promise<Outgoing[]> => {
    if (waiting.length === 0) return [];
    await recordBefore();
    const ready = waiting;
    waiting = [];
    waitingBytes = 0;
    return ready.flatMap(emit);
  };

  const push = async (event: RawEvent): Promise<GuardOutput> => {
    const decodedEvent = decoder.decode(event.data);
    if (!decodedEvent.ok) throw new Fault("upstream_invalid", { detail: decodedEvent.refusal.message });
    const decoded = decodedEvent.value;
    usage = decoded.usage ?? usage;
    finishReason = decoded.finishReason ?? finishReason;
    upstreamError = decoded.error ?? upstreamError;
    done ||= decoded.done;

    const parts = exchange.noteUnscannable(decoded.unscannable);
    unreadable += parts;
    let news = parts > 0;
    const ends: number[] = [];
    for (const text of decoded.texts) {
      const channel = channelOf(text);
      // What follows the end of a call that was judged would run unjudged.
      if (channel.isFinished() && text.delta !== "")
        throw new Fault("upstream_invalid", { detail: "a text went on after its end" });
      news = channel.feed(text.delta, text.toolCall) || news;
      ends.push(channel.length());
    }
    const stopping = news ? decide() : undefined;
    if (stopping !== undefined) return stop(stopping);

    waiting.push({ event, decoded, ends });
    waitingBytes += event.data.length;
    if (waitingBytes > WAITING_BYTES_MAX)
      throw new Fault("not_inspected", { detail: "a tool call is too large to be judged" });

    // A call ends when its choice ends: calls of one choice may come in turns.
    const ending = decoded.done ? [...channels.values()] : decoded.ends.flatMap((name) => channels.get(name) ?? []);
    const stoppedAt = await finish(ending);
    if (stoppedAt !== undefined) return stop(stoppedAt);

    if ([...channels.values()].some(isOpenCall)) return { outgoing: [], done: false };
    return { outgoing: await flush(), done: decoded.done };
  };

  /** The upstream closed the stream. Held text is let go after a last look. */
  const end = async (): Promise<GuardOutput> => {
    const stoppedAt = await finish([...channels.values()]);
    if (stoppedAt !== undefined) return stop(stoppedAt);
    const outgoing = await flush();
    const left: Outgoing[] = [];
    for (const [name, channel] of channels) {
      const rest = channel.release(redact.filter(({ segment }) => segment === channel.index));
      if (rest !== "") left.push({ kind: "data", data: decoder.flush(name, rest) });
    }
    if (left.length > 0) await recordBefore();
    return { outgoing: [...outgoing, ...left], done };
  };

  return {
    push,
    end,
    /** Keeps what was seen so far, for a stream that ends badly. */
    abandon: (): void => {
      for (const channel of channels.values()) {
        channel.finish();
        keep(channel);
      }
    },
    summary: () => ({ usage, finishReason, upstreamError, done }),
  };
};

export type StreamGuard = ReturnType<typeof createStreamGuard>;
