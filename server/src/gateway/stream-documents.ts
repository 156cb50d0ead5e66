import type { ReadDocuments } from "#pipeline";
import { scanJson, sha256Hex } from "#platform";
import type { UnscannablePart } from "#protocols";
import type { Passage } from "./passage.ts";
import { documentsIn, DOCUMENTS_MAX, type FoundDocument } from "./read-documents.ts";

/** For all documents of one stream. */
const TOGETHER_MS = 15_000;

/**
 * Reads the documents of a stream's events, in a worker: the event waits for it, as it waits to be inspected. What is
 * beyond the bounds stays unread, and is told as such; undefined where the route inspects nothing.
 */
export const documentsOfStream = ({
  match,
  exchange,
  pool,
  frame,
  clock,
}: Pick<Passage, "match" | "exchange" | "pool" | "frame" | "clock">): ReadDocuments | undefined => {
  if (!match.route.configuration.inspect) return undefined;
  let left = DOCUMENTS_MAX;
  let leftMs = TOGETHER_MS;
  /** Reasons by the digest of what was read: some protocols say an item in several events. */
  const known = new Map<string, readonly (string | undefined)[]>();

  return async (data, all) => {
    const parts = all.flatMap((part) => (part.within === undefined ? [] : [{ ...part, pointer: part.within }]));
    if (parts.length === 0) return undefined;
    const bytes = Buffer.from(data);
    const scan = scanJson(bytes, { depthMax: frame.depthMax });
    const documents = scan.ok ? documentsIn(scan.value, { unscannable: parts }) : [];
    if (documents.length === 0) return undefined;
    const digest = digestOf(parts, documents);
    const before = known.get(digest);
    if (before !== undefined) return { segments: [], inspected: undefined, unscannable: stillUnread(all, before) };
    if (documents.length > left || leftMs <= 0) return undefined;
    left -= documents.length;
    const firstIndex = exchange.takeSegmentIndex();
    for (let more = 1; more < documents.length; more += 1) exchange.takeSegmentIndex();
    const startMs = clock.monotonic();
    const job = { bytes, parts, frame: { ...frame, firstIndex, context: exchange.context() } };
    const { decoded, inspected } = await pool.event(job);
    leftMs -= clock.monotonic() - startMs;
    const reasons = parts.map(({ pointer }) => decoded.unscannable.find((one) => one.pointer === pointer)?.reason);
    known.set(digest, reasons);
    return { segments: decoded.segments, inspected, unscannable: stillUnread(all, reasons) };
  };
};

const digestOf = (parts: readonly UnscannablePart[], documents: readonly FoundDocument[]): string => {
  const placeOf = ({ part }: FoundDocument): number => parts.findIndex(({ pointer }) => pointer === part);
  return sha256Hex(documents.map((one) => `${placeOf(one)} ${sha256Hex(one.bytes())}`).join(), `${parts.length}`);
};

/** `reasons`: why each part that stands in its event is unread; undefined where all of it was read. */
const stillUnread = (
  all: readonly UnscannablePart[],
  reasons: readonly (string | undefined)[],
): readonly UnscannablePart[] => {
  const inEvent = all.filter(({ within }) => within !== undefined);
  return all.flatMap((part) => {
    const at = inEvent.indexOf(part);
    const reason = at === -1 ? part.reason : reasons[at];
    return reason === undefined ? [] : [{ ...part, reason }];
  });
};
