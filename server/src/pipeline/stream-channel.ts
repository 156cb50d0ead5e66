import { letterOf, type CompactReceipt, type Direction, type RecordedMatch, type Segment } from "@parapet/model";
import type { StreamInspector } from "#detectors";
import type { DecodedToolCall, StreamedCall, StreamText } from "#protocols";
import type { ContentHash } from "./content-hash.ts";
import { withoutOverlaps, type TextUnmasking } from "./exchange-masks.ts";
import { NOT_INSPECTED, type Inspected } from "./inspect-segments.ts";
import { tokenBegun } from "./mask-tokens.ts";
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
  /** Matches that were not asked for yet, in the order they were found. */
  readonly fresh: () => readonly RecordedMatch[];
  /** Detectors that failed, and whether some could not read all. */
  readonly gaps: () => { readonly failed: number; readonly unscannable: number };
  /** Length of what was let go. */
  readonly sent: () => number;
  /** All that was let go as the caller saw it; kept only of texts that are said again. */
  readonly sentText: () => string;
  /** What may be sent now of the text not sent yet, up to `upTo`, with `redact` spans replaced. */
  readonly release: (redact: readonly RecordedMatch[], upTo?: number) => string;
  /** Whether the text so far is this one. */
  readonly isText: (whole: string) => boolean;
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
  /** As detectors and policies see it. */
  readonly direction: Direction;
  /** Undefined where no token is to be replaced by its value. */
  readonly unmasking?: TextUnmasking | undefined;
}

export const createStreamChannel = (
  first: StreamText,
  index: number,
  { inspector: ownInspector, hash, direction, unmasking }: ChannelTools,
): StreamChannel => {
  const { pointer, role, provenance } = first;
  const found: RecordedMatch[] = [];
  let text = "";
  let releasable = 0;
  let released = 0;
  let seen = "";
  const isSaidAgain = first.again !== undefined;
  let finished = false;
  let call: StreamedCall | undefined;

  let gapCount = 0;
  let asked = 0;
  /** Until the last look; then only what came of it is kept, for a stream may have very many texts. */
  let inspector = ownInspector;
  let outcomes: ReturnType<StreamInspector["outcomes"]> | undefined;
  const outcomesNow = () => outcomes ?? inspector?.outcomes();

  /** A detector that fails or cannot read on is news too: the route decides what becomes of the stream. */
  const take = (result: ReturnType<StreamInspector["feed"]>): boolean => {
    releasable = result.releasable;
    const before = gapCount;
    gapCount = inspector === undefined ? 0 : gapsOf(inspector);
    for (const { detector, ...detection } of result.detections) {
      found.push({ ...detection, detector, segment: index, provenance, direction });
    }
    return result.detections.length > 0 || gapCount > before;
  };

  const feed: StreamChannel["feed"] = (delta, toolCall) => {
    if (toolCall !== undefined) call = toolCall;
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
    outcomes = inspector?.outcomes();
    inspector = undefined;
    return news;
  };

  const release: StreamChannel["release"] = (redact, upTo = text.length) => {
    const redactions = toReplacements(redact.filter(({ end }) => end > released));
    const bound = Math.max(released, Math.min(releasable, upTo));
    const tokens = withoutOverlaps(unmasking?.find(text, released, bound) ?? [], redactions);
    const spans = tokens.length === 0 ? redactions : [...redactions, ...tokens].sort((a, b) => a.start - b.start);
    // A token that may still complete waits for its last unit, and so does nothing else.
    const settled = unmasking === undefined || finished ? bound : tokenBegun(text, released, bound);
    // A span that begins before the limit and ends behind it would be cut: stop before it. Asked last, for what looks
    // like a token that begins may stand in a span that is to be redacted.
    const limit = spans.reduce(
      (end, span) => (span.start < end && span.end > end ? Math.max(released, span.start) : end),
      settled,
    );
    const from = released;
    const within = spans
      .filter((span) => span.end <= limit)
      .map((span) => ({ ...span, start: Math.max(0, span.start - from), end: span.end - from }));
    for (const { end, token } of tokens) if (end <= limit) unmasking?.note(index, token);
    released = Math.max(released, limit);
    const shown = applyReplacements(text.slice(from, limit), within);
    if (isSaidAgain) seen += shown;
    return shown;
  };

  const receipt = (): CompactReceipt => {
    const each = outcomesNow();
    if (each === undefined) {
      return {
        detectors: ["all@-"],
        segments: [[index, "b"]],
        reasons: [[index, 0, NOT_INSPECTED]],
        parts: [],
      };
    }
    return {
      detectors: each.map(({ detector, version }) => `${detector}@${version}`),
      segments: [[index, each.map(({ outcome }) => letterOf(outcome)).join("")]],
      reasons: each.flatMap(({ reason }, column): [number, number, string][] =>
        reason === undefined ? [] : [[index, column, reason]],
      ),
      parts: [],
    };
  };

  const gaps: StreamChannel["gaps"] = () => {
    const each = outcomesNow() ?? [];
    return {
      unscannable: each.some(({ outcome }) => outcome === "unscannable") ? 1 : 0,
      failed: each.filter(({ outcome }) => outcome === "failed").length,
    };
  };

  const fresh: StreamChannel["fresh"] = () => {
    const from = asked;
    asked = found.length;
    return found.slice(from);
  };

  const inspected = (): Inspected => ({
    matches: found,
    receipt: receipt(),
    digests: [hash(text)],
    unreadableParts: 0,
    ...gaps(),
  });

  return {
    text: first,
    index,
    toolCall: () =>
      call === undefined
        ? undefined
        : { id: call.id, name: call.name, segment: index, arguments: call.arguments ?? text },
    feed,
    finish,
    matches: () => found,
    fresh,
    gaps,
    sent: () => released,
    sentText: () => seen,
    release,
    isText: (whole) => whole === text,
    length: () => text.length,
    isFinished: () => finished,
    segment: () => ({ index, direction, pointer, role, provenance, text }),
    inspected,
  };
};

const gapsOf = (inspector: StreamInspector): number =>
  inspector
    .outcomes()
    .reduce((sum, { outcome }) => (outcome === "failed" || outcome === "unscannable" ? sum + 1 : sum), 0);
