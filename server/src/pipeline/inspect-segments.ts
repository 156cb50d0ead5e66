import type { Direction, ReceiptEntry, Segment, TenantId } from "@parapet/model";
import {
  prepareText,
  type DetectorResult,
  type InspectionContext,
  type Inspector,
  type PreparedText,
} from "#detectors";
import type { UnscannablePart } from "#protocols";
import type { ContentHash } from "./content-hash.ts";
import { isMarked, isSameContext, type Mark } from "./conversation-memory.ts";
import type { InspectionMemory } from "./inspection-memory.ts";
import { acrossSeams, joinedTexts } from "./joined-texts.ts";
import { createCollector, type Inspected } from "./receipt-collector.ts";
import { createRequestReader } from "./user-requests.ts";

export type { Inspected } from "./receipt-collector.ts";

export interface InspectionJob {
  readonly tenant: TenantId;
  readonly exchange: string;
  readonly direction: Direction;
  readonly segments: readonly Segment[];
  /** Index of the first segment; 0 for requests. Parts without text are numbered behind the segments. */
  readonly firstIndex?: number;
  readonly parts: readonly UnscannablePart[];
  readonly context: InspectionContext;
  /** Names the conversation that this request goes on with; absent: none, or a response. */
  readonly conversation?: string;
}

export interface InspectionTools {
  readonly inspector: Inspector;
  readonly memory: InspectionMemory;
  readonly hash: ContentHash;
}

/** Every segment through every detector, and what one author said over several segments once more as one text; remembered texts cost a hash, those of a conversation that goes on a comparison. */
export const inspectSegments = (job: InspectionJob, { inspector, memory, hash }: InspectionTools): Inspected => {
  const { tenant, exchange, direction, segments, context, conversation } = job;
  const collector = createCollector(inspector, direction);
  const past = conversation === undefined ? undefined : memory.conversations.recall(conversation);
  const isSame = past !== undefined && isSameContext(past.context, context);
  const marks: (Mark | undefined)[] = [];
  const requests = createRequestReader(segments);
  let isAnswered = false;

  for (const [position, segment] of segments.entries()) {
    const { provenance, text } = segment;
    isAnswered ||= provenance === "model";
    const userRequest = requests.requestFor(segment);
    const mark = past?.marks[position];
    if (isMarked(mark, segment, userRequest) && (isSame || !mark.quiet.readsContext)) {
      collector.addMark(mark);
      mark.text = text;
      mark.userRequest = userRequest;
      marks.push(mark);
      continue;
    }
    const digest = hash(text);
    const key = { tenant, provenance, direction, digest };
    const known = memory.recall(key);
    const frame = { provenance, direction, context: requests.contextFor(context, userRequest) };
    let quiet = known === undefined ? undefined : collector.quietOf(known.results, provenance);
    if (known === undefined) {
      const results = inspector.inspect(prepareText(text), frame);
      memory.remember(key, exchange, plainOf(results, inspector));
      quiet = collector.add(segment, digest, results);
    } else if (quiet === undefined) {
      const contextual = inspector.inspect(new LazyText(text), frame, "contextual");
      quiet = collector.add(segment, digest, known.results, contextual, known.exchange);
    } else collector.addQuiet(segment, digest, quiet, known.exchange);
    if (conversation !== undefined)
      marks.push(quiet && collector.markOf(segment, digest, quiet, known?.exchange ?? exchange, userRequest));
  }
  if (direction === "request") {
    for (const joined of joinedTexts(segments)) {
      const key = { tenant, provenance: joined.provenance, direction, digest: hash(joined.text) };
      let results = memory.recall(key)?.results;
      if (results === undefined) {
        const frame = { provenance: joined.provenance, direction, context };
        results = inspector.inspect(prepareText(joined.text), frame, "plain");
        memory.remember(key, exchange, results);
      }
      for (const one of acrossSeams(joined, results)) collector.addJoined(one);
    }
  }
  // Most requests start a conversation and are its only one: what has no answer in it yet is not kept.
  if (conversation !== undefined && isAnswered) {
    const textUnits = segments.reduce((sum, { text }) => sum + text.length, 0);
    memory.conversations.keep(conversation, { marks, context }, textUnits);
  }
  return collector.finish(unreadable(job.parts, (job.firstIndex ?? 0) + segments.length, direction));
};

const plainOf = (results: readonly DetectorResult[], inspector: Inspector): readonly DetectorResult[] =>
  results.filter((result) => !inspector.isContextual(result.detector));

/** A remembered text is taken apart again only when a contextual detector really reads it. */
class LazyText implements PreparedText {
  readonly text: string;
  #made: PreparedText | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get forms(): PreparedText["forms"] {
    return this.#whole().forms;
  }

  get unscannable(): string | undefined {
    return this.#whole().unscannable;
  }

  #whole(): PreparedText {
    return (this.#made ??= prepareText(this.text));
  }
}

const unreadable = (parts: readonly UnscannablePart[], firstFree: number, direction: Direction): ReceiptEntry[] =>
  parts.map((part, index) => ({
    segment: firstFree + index,
    detector: "front",
    version: "1",
    outcome: "unscannable",
    reason: `${part.pointer}: ${part.reason}`,
    place: { direction, pointer: part.pointer },
  }));

export const NOT_INSPECTED = "the route does not inspect";

/** The receipt of a route that inspects nothing: every part is bypassed, and says so. */
export const bypassSegments = (job: InspectionJob, hash: ContentHash): Inspected => ({
  matches: [],
  receipt: {
    detectors: ["all@-"],
    segments: job.segments.map((segment) => [segment.index, "b"]),
    reasons: job.segments.map((segment) => [segment.index, 0, NOT_INSPECTED]),
    parts: [],
  },
  digests: job.segments.map((segment) => hash(segment.text)),
  unscannable: 0,
  unreadableParts: 0,
  failed: 0,
});
