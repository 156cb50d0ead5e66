import type { RecordedMatch, Usage, Verdict } from "@parapet/model";
import { Fault } from "#platform";
import type {
  BlockNotice,
  DecodedToolCall,
  LocatedSegment,
  StreamDecoder,
  StreamMessage,
  StreamText,
  UnscannablePart,
} from "#protocols";
import type { Exchange, ReturningTool } from "./exchange.ts";
import { createStreamChannel, type StreamChannel } from "./stream-channel.ts";
import type { Inspected } from "./inspect-segments.ts";
import { createRedactionQueue, type RedactionQueue } from "./redaction-queue.ts";
import type { Outgoing, Placed, RawEvent, Waiting } from "./stream-events.ts";
import { createStreamFindings } from "./stream-findings.ts";
import { isHeld } from "./exchange-holds.ts";
import { stops, type Judgement } from "./judge.ts";

/** What was read of the documents of an event. */
export interface StreamedDocuments {
  readonly segments: readonly LocatedSegment[];
  /** Absent where all of it was read in an earlier event of the stream. */
  readonly inspected: Inspected | undefined;
  /** What of the event is still unread. */
  readonly unscannable: readonly UnscannablePart[];
}

/** Reads the documents in an event's data; undefined where there are none. `parts`: what of it no detector reads. */
export type ReadDocuments = (data: string, parts: readonly UnscannablePart[]) => Promise<StreamedDocuments | undefined>;

export interface GuardOutput {
  readonly outgoing: readonly Outgoing[];
  /** Set when a policy ends the stream; `outgoing` must not follow it, unless it was held and {@link StreamGuard.letGo} is asked. */
  readonly stopped?: Verdict;
  /** The protocol's own end was seen. */
  readonly done: boolean;
}

const BYTES_PER_UNIT = 2;
/** Events that wait for a tool call to be judged may not grow without bound. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** Each text has an inspector, a place in the records and in the session: short ones cost more than their length. */
const EVENT_TEXTS_MAX = 4_096;
const TEXTS_MAX = 16_384;
const TEXT_BYTES = 8 * 1024;
const TOO_MANY = `a stream may have ${TEXTS_MAX} texts, and ${EVENT_TEXTS_MAX} in one event`;

/**
 * Inspects a response while it flows. Text is held back only as far as a span that could still complete;
 * tool calls are put together and judged before their first byte is released; while one is being put
 * together the events behind it wait, so that the order of events stays.
 * @param readDocuments absent where nothing is inspected
 * @param tool who speaks, where the upstream is no model: what it says is in the session before it is let go
 */
export const createStreamGuard = (
  exchange: Exchange,
  decoder: StreamDecoder,
  tool?: ReturningTool,
  readDocuments?: ReadDocuments,
) => {
  const channels = new Map<string, StreamChannel>();
  const byIndex = new Map<number, StreamChannel>();
  const kept = new Set<StreamChannel>();
  /** Tool calls and other texts that are judged whole, while they are put together. */
  const open = new Set<StreamChannel>();
  const findings = createStreamFindings();
  const redactions = new Map<StreamChannel, RedactionQueue>();
  const chosen = new Set<RecordedMatch>();
  let unrecorded: RecordedMatch[] = [];
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let textUnits = 0;
  /** Something was found that was not decided about yet. */
  let isUndecided = false;
  let decidedTotal = 0;
  let unreadable = 0;
  let firstByteRecorded = false;
  let usage: Usage | undefined;
  let finishReason: string | undefined;
  let unfinished = 0;
  let upstreamError: string | undefined;
  const keptIds = new Set<string>();
  let done = false;
  /** A person has to decide: nothing more is let go, and the rest is read so that they see all of it. */
  let holding: Verdict | undefined;
  const heldCalls: StreamChannel[] = [];
  /** Texts of documents: they go on in their event's bytes, or not at all. */
  const sealed: LocatedSegment[] = [];

  const channelOf = (text: StreamText, name = text.channel): StreamChannel => {
    const known = channels.get(name);
    if (known !== undefined) return known;
    if (channels.size >= TEXTS_MAX) throw new Fault("upstream_too_large", { detail: TOO_MANY });
    const channel = createStreamChannel(text, exchange.takeSegmentIndex(), exchange.channelTools(text));
    channels.set(name, channel);
    byIndex.set(channel.index, channel);
    if (text.kind !== "text") open.add(channel);
    return channel;
  };

  const choose = (judgement: Judgement, found: readonly RecordedMatch[]): void => {
    // What is held is redacted as well if it is let go later.
    if (judgement.verdict.action !== "redact" && !isHeld(judgement.verdict)) return;
    for (const index of judgement.redact) {
      const match = found[index];
      const channel = match === undefined ? undefined : byIndex.get(match.segment);
      // What was let go before it was chosen is not redacted, and no record may say that it was.
      if (match === undefined || channel === undefined || chosen.has(match) || match.end <= channel.sent()) continue;
      chosen.add(match);
      unrecorded.push(match);
      const queue = redactions.get(channel) ?? createRedactionQueue();
      redactions.set(channel, queue);
      queue.add(match);
    }
  };

  const release = (channel: StreamChannel, upTo = channel.length()): string =>
    channel.release(redactions.get(channel)?.before(upTo, channel.sent()) ?? [], upTo);

  /** Decides again over all that was found; answers the verdict when it ends the stream. */
  const decide = (): Verdict | undefined => {
    isUndecided = false;
    decidedTotal = findings.total();
    const matches = findings.listed(({ segment, end }) => (byIndex.get(segment)?.sent() ?? 0) >= end);
    const { failed, unscannable } = findings.gaps();
    const found: Inspected = {
      matches,
      receipt: { detectors: [], segments: [], reasons: [], parts: [] },
      digests: [],
      unscannable: unreadable + unscannable,
      unreadableParts: unreadable,
      failed,
    };
    const judgement = exchange.judgeStream(found, { unlisted: findings.unlisted() }, sealed);
    choose(judgement, matches);
    return stopping(judgement.verdict);
  };

  /** The verdict when it ends the stream at once. */
  const stopping = (verdict: Verdict): Verdict | undefined => {
    if (!stops(verdict)) return undefined;
    if (!isHeld(verdict)) return verdict;
    holding = verdict;
    return undefined;
  };

  /** While nothing may be let go, a decision may wait until a quarter more was found: each looks at all that waits. */
  const decideSoon = (): Verdict | undefined => {
    if (open.size > 0 && findings.total() > 0 && findings.total() <= decidedTotal * 1.25) {
      isUndecided = true;
      return undefined;
    }
    return decide();
  };

  /** A tool call is complete: judge it by its own name and arguments. */
  const decideCall = async (channel: StreamChannel, call: DecodedToolCall): Promise<Verdict | undefined> => {
    const own = channel.inspected();
    const judgement = await exchange.judgeStreamedCall(call, own);
    choose(judgement, own.matches);
    return stopping(judgement.verdict);
  };

  const keep = (channel: StreamChannel): void => {
    if (kept.has(channel)) return;
    kept.add(channel);
    exchange.keepStreamed([channel.segment()], channel.inspected());
  };

  /** Ends channels; answers the verdict that stops the stream, if one does. */
  const finish = async (ending: Iterable<StreamChannel>): Promise<Verdict | undefined> => {
    for (const channel of ending) {
      if (channel.isFinished()) continue;
      const news = channel.finish();
      open.delete(channel);
      if (news) findings.collect(channel);
      const call = channel.toolCall();
      const stopped =
        (news ? decideSoon() : undefined) ?? (call === undefined ? undefined : await decideCall(channel, call));
      keep(channel);
      if (stopped !== undefined) return stopped;
      if (tool !== undefined) await exchange.noteReturned(tool, channel.segment(), channel.matches());
      if (call !== undefined && holding !== undefined) heldCalls.push(channel);
      else if (call !== undefined) await exchange.releaseStreamedCall(call, channel.matches());
    }
    return undefined;
  };

  /** Turns an event into what may be sent of it now. */
  const emit = ({ event, decoded, placed }: Waiting): Outgoing[] => {
    const before: Outgoing[] = [];
    const deltas = new Map<string, string>();
    const own = new Set(decoded.texts.map(({ channel }) => channel));
    for (const { text, channel, end: ended } of placed) {
      const released = release(channel, ended);
      if (ended === undefined && released !== "")
        before.push({ kind: "data", ...decoder.flush(text.channel, released) });
      const sendable = ended === undefined ? channel.sentText() : released;
      if (sendable !== text.delta) deltas.set(text.channel, sendable);
    }
    for (const name of decoded.done ? channels.keys() : decoded.ends) {
      const channel = channels.get(name);
      if (channel === undefined || own.has(name)) continue;
      const rest = release(channel);
      if (rest !== "") before.push({ kind: "data", ...decoder.flush(name, rest) });
    }
    const named = decoded.name === undefined ? {} : { name: decoded.name };
    if (deltas.size > 0) return [...before, { kind: "data", data: decoded.rewrite(deltas), ...named }];
    // Under another name the same data would be read as another event.
    if (event.raw === undefined || event.name !== decoded.name)
      return [...before, { kind: "data", data: event.data, ...named }];
    return [...before, { kind: "raw", raw: event.raw }];
  };

  const stop = async (verdict: Verdict): Promise<GuardOutput> => {
    if (!isHeld(verdict)) await withhold();
    return { outgoing: [], stopped: verdict, done: false };
  };

  /** Records that nothing more is let go. */
  const withhold = async (): Promise<void> => {
    for (const channel of channels.values()) keep(channel);
    const found = [...channels.values()].flatMap((channel) => channel.matches());
    await exchange.recordReleased("block", found);
  };

  /** What was held was approved: all that waits goes out. */
  const letGo = async (): Promise<GuardOutput> => {
    holding = undefined;
    for (const channel of heldCalls) {
      const call = channel.toolCall();
      if (call !== undefined) await exchange.releaseStreamedCall(call, channel.matches());
    }
    const outgoing = await flush();
    const left = await rest();
    return { outgoing: [...outgoing, ...left], done: true };
  };

  /** What must be durable before anything more is let go: the first byte, and each redaction. */
  const recordBefore = async (): Promise<void> => {
    if (!firstByteRecorded) {
      firstByteRecorded = true;
      if (tool !== undefined) await exchange.noteReturned(tool);
      await exchange.recordReleased("first-byte", []);
    }
    if (unrecorded.length > 0) {
      const fresh = unrecorded;
      unrecorded = [];
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

  /** What documents say is known at once; it is in the session before their event may go on. */
  const takeDocuments = async ({ segments, inspected }: StreamedDocuments): Promise<void> => {
    if (inspected === undefined) return;
    for (const segment of segments) sealed.push(segment);
    textUnits += segments.reduce((sum, { text }) => sum + text.length, 0);
    const { matches, failed, unscannable } = inspected;
    findings.collect({ fresh: () => matches, gaps: () => ({ failed, unscannable }) });
    exchange.keepStreamed(segments, inspected);
    if (tool === undefined) return;
    for (const segment of segments)
      await exchange.noteReturned(
        tool,
        segment,
        matches.filter((match) => match.segment === segment.index),
      );
  };

  const push = async (event: RawEvent): Promise<GuardOutput> => {
    const decodedEvent = decoder.decode(event.data);
    if (!decodedEvent.ok) throw new Fault("upstream_invalid", { detail: decodedEvent.refusal.message });
    const decoded = decodedEvent.value;
    if (decoded.texts.length > EVENT_TEXTS_MAX) throw new Fault("upstream_too_large", { detail: TOO_MANY });
    usage = decoded.usage ?? usage;
    finishReason = decoded.finishReason ?? finishReason;
    unfinished = decoded.unfinished;
    upstreamError = decoded.error ?? upstreamError;
    done ||= decoded.done;
    for (const id of decoded.keeps ?? []) keptIds.add(id);

    const documents =
      decoded.unscannable.length === 0 ? undefined : await readDocuments?.(event.data, decoded.unscannable);
    const parts = exchange.noteUnscannable(documents?.unscannable ?? decoded.unscannable);
    unreadable += parts;
    if (documents !== undefined) await takeDocuments(documents);
    let news = parts > 0;
    const placed: Placed[] = [];
    const whole: StreamChannel[] = [];
    for (const text of decoded.texts) {
      const known = text.again === "now" ? channels.get(text.channel) : undefined;
      if (known?.text.again !== undefined && known.isText(text.delta)) {
        placed.push({ text, channel: known, end: undefined });
        whole.push(known);
        continue;
      }
      // Said again in other words it is another text.
      const channel = channelOf(text, known === undefined ? text.channel : `${text.channel} again ${channels.size}`);
      if (text.again === "now") whole.push(channel);
      textUnits += text.delta.length;
      // What follows the end of a call that was judged would run unjudged.
      if (channel.isFinished() && text.delta !== "")
        throw new Fault("upstream_invalid", { detail: "a text went on after its end" });
      if (channel.feed(text.delta, text.toolCall)) {
        findings.collect(channel);
        news = true;
      }
      placed.push({ text, channel, end: channel.length() });
    }
    const stopped = parts > 0 || documents !== undefined ? decide() : news ? decideSoon() : undefined;
    if (stopped !== undefined) return stop(stopped);

    waiting.push({ event, decoded, placed });
    waitingBytes += event.data.length;
    if (waitingBytes > WAITING_BYTES_MAX)
      throw new Fault("not_inspected", { detail: "a tool call is too large to be judged" });

    // A call ends when its choice ends: calls of one choice may come in turns.
    const ending = decoded.done
      ? channels.values()
      : [...whole, ...decoded.ends.flatMap((name) => channels.get(name) ?? [])];
    const stoppedAt = await finish(ending);
    if (stoppedAt !== undefined) return stop(stoppedAt);

    if (open.size > 0) return { outgoing: [], done: false };
    const stoppedLate = isUndecided ? decide() : undefined;
    if (stoppedLate !== undefined) return stop(stoppedLate);
    if (holding !== undefined) return decoded.done ? stop(holding) : { outgoing: [], done: false };
    return { outgoing: await flush(), done: decoded.done };
  };

  /** The upstream closed the stream. Held text is let go after a last look. */
  const end = async (): Promise<GuardOutput> => {
    const stoppedAt = (await finish(channels.values())) ?? (isUndecided ? decide() : undefined);
    if (stoppedAt !== undefined) return stop(stoppedAt);
    if (holding !== undefined) return stop(holding);
    const outgoing = await flush();
    return { outgoing: [...outgoing, ...(await rest())], done };
  };

  /** What is still held back of texts, as events of its own. */
  const rest = async (): Promise<readonly Outgoing[]> => {
    const left: Outgoing[] = [];
    for (const [name, channel] of channels) {
      const text = release(channel);
      if (text !== "") left.push({ kind: "data", ...decoder.flush(name, text) });
    }
    if (left.length > 0) await recordBefore();
    return left;
  };

  return {
    push,
    end,
    letGo,
    withhold,
    /** Events that end what was begun with a text; undefined where the protocol cannot. */
    withheld: (notice: BlockNotice): readonly StreamMessage[] | undefined =>
      decoder.withheld?.(notice, waiting[0]?.event.data ?? ""),
    /** All texts so far, for a person to read. */
    texts: () => [...[...channels.values()].map((channel) => channel.segment()), ...sealed],
    /** Texts are kept until the stream ends, events while a tool call is put together. */
    heldBytes: (): number => BYTES_PER_UNIT * (textUnits + waitingBytes) + TEXT_BYTES * channels.size,
    /** Keeps what was seen so far, for a stream that ends badly. */
    abandon: (): void => {
      for (const channel of channels.values()) {
        channel.finish();
        keep(channel);
      }
    },
    /** `isWhole`: the protocol's end was seen, or the end of every choice that began. */
    summary: () => ({
      usage,
      finishReason,
      upstreamError,
      /** What the provider keeps of it. */
      keptIds: [...keptIds],
      isWhole: done || (finishReason !== undefined && unfinished === 0),
    }),
  };
};

export type StreamGuard = ReturnType<typeof createStreamGuard>;
