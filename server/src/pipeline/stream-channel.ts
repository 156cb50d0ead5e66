import { letterOf, type CompactReceipt, type RecordedMatch, type Segment } from "@parapet/model";
import type { StreamInspector } from "#detectors";
import type { DecodedToolCall, StreamText } from "#protocols";
import type { ContentHash } from "./content-hash.ts";
import type { Inspected } from "./inspect-segments.ts";
import { applyReplacements, toReplacements } from "./redact.ts";

/**
 * One growing text of a stream: what arrived, what was found in it, and how much of it was let go.
 * Text is let go only after it was inspected, and never inside a span that is to be redacted.
 */
export interface StreamChannel {
  readonly text: StreamText;
  readonly index: number;
  readonly toolCall: () => DecodedToolCall | undefined;
  /** Takes a delta; answers whether something new was found. */
  readonly feed: (delta: string, call?: StreamText["toolCall"]) => boolean;
  /** The last look; afterwards everything may be let go. Answers whether something new was found. */
  readonly finish: () => boolean;
  readonly matches: () => readonly RecordedMatch[];
  /** What may be sent now of the text not sent yet, up to `upTo`, with `redact` spans replaced. */
  readonly release: (redact: readonly RecordedMatch[], upTo?: number) => string;
  /** Length of the text so far. */
  readonly length: () => number;
  readonly isFinished: () => boolean;
  readonly segment: () => Segment;
  readonly inspected: () => Inspected;
}

export interface ChannelTools {
  /** Undefined on routes that do not inspect. */
  readonly inspector: StreamInspector | undefined;
  readonly hash: ContentHash;
}

export const createStreamChannel = (
  first: StreamText,
  index: number,
  { inspector, hash }: ChannelTools,
): StreamChannel => {
  const { pointer, role, provenance } = first;
  const found: RecordedMatch[] = [];
  let text = "";
  let releasable = 0;
  let released = 0;
  let finished = false;
  let call: DecodedToolCall | undefined;

  let gaps = 0;

  /** A detector that fails or cannot read on is news too: the route decides what becomes of the stream. */
  const take = (result: ReturnType<StreamInspector["feed"]>): boolean => {
    releasable = result.releasable;
    const before = gaps;
    gaps = inspector === undefined ? 0 : gapsOf(inspector);
    for (const { detector, ...detection } of result.detections) {
      found.push({ ...detection, detector, segment: index, provenance, direction: "response" });
    }
    return result.detections.length > 0 || gaps > before;
  };

  const feed: StreamChannel["feed"] = (delta, toolCall) => {
    if (toolCall !== undefined) call = { id: toolCall.id, name: toolCall.name, segment: index };
    text += delta;
    if (inspector === undefined) {
      releasable = text.length;
      return false;
    }
    return delta === "" ? false : take(inspector.feed(delta));
  };

  const finish = (): boolean => {
    if (finished) return false;
    finished = true;
    const news = inspector === undefined ? false : take(inspector.end());
    releasable = text.length;
    return news;
  };

  const release: StreamChannel["release"] = (redact, upTo = text.length) => {
    const spans = toReplacements(redact.filter(({ end }) => end > released));
    // A span that begins before the limit and ends behind it would be cut: stop before it.
    const limit = spans.reduce(
      (end, span) => (span.start < end && span.end > end ? Math.max(released, span.start) : end),
      Math.max(released, Math.min(releasable, upTo)),
    );
    const from = released;
    const within = spans
      .filter((span) => span.end <= limit)
      .map((span) => ({ ...span, start: Math.max(0, span.start - from), end: span.end - from }));
    released = Math.max(released, limit);
    return applyReplacements(text.slice(from, limit), within);
  };

  const receipt = (): CompactReceipt => {
    if (inspector === undefined) {
      return {
        detectors: ["all@-"],
        segments: [[index, "b"]],
        reasons: [[index, 0, "the route does not inspect"]],
        parts: [],
      };
    }
    const outcomes = inspector.outcomes();
    return {
      detectors: outcomes.map(({ detector, version }) => `${detector}@${version}`),
      segments: [[index, outcomes.map(({ outcome }) => letterOf(outcome)).join("")]],
      reasons: outcomes.flatMap(({ reason }, column): [number, number, string][] =>
        reason === undefined ? [] : [[index, column, reason]],
      ),
      parts: [],
    };
  };

  const inspected = (): Inspected => {
    const outcomes = inspector?.outcomes() ?? [];
    return {
      matches: found,
      receipt: receipt(),
      digests: [hash(text)],
      unscannable: outcomes.some(({ outcome }) => outcome === "unscannable") ? 1 : 0,
      unreadableParts: 0,
      failed: outcomes.filter(({ outcome }) => outcome === "failed").length,
    };
  };

  return {
    text: first,
    index,
    toolCall: () => call,
    feed,
    finish,
    matches: () => found,
    release,
    length: () => text.length,
    isFinished: () => finished,
    segment: () => ({ index, direction: "response", pointer, role, provenance, text }),
    inspected,
  };
};

const gapsOf = (inspector: StreamInspector): number =>
  inspector
    .outcomes()
    .reduce((sum, { outcome }) => (outcome === "failed" || outcome === "unscannable" ? sum + 1 : sum), 0);
