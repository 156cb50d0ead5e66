import {
  expandReceipt,
  type BodyOutline,
  type CapturedSegment,
  type Clue,
  type ClosedRecord,
  type EvidenceRef,
  type ExchangeRecord,
  type RecordedMatch,
  type TenantId,
} from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { subjectOf, type Ledger } from "#ledger";
import { parseTrusted } from "#platform";
import type { EventStore } from "#storage";
import { openWords } from "./sealed-words.ts";
import type { SubjectKeys } from "./subject-keys.ts";

/** Stands where an erased principal's name stood. */
const ERASED = "erased";

const RELEASED = {
  "first-byte": "First part of the answer released",
  "tool-call": "Tool call judged and released",
  redaction: "Text was redacted in the stream",
  block: "A policy stopped the stream",
} as const;

const sentenceOf = (record: ExchangeRecord): string => {
  switch (record.kind) {
    case "opened":
      return "Request inspected, decided and recorded; the model was asked";
    case "released":
      return RELEASED[record.what] + (record.toolCall === undefined ? "" : `: ${record.toolCall.name}`);
    case "closed":
      return `Ended: ${record.state.replaceAll("_", " ")}${record.detail === undefined ? "" : `. ${record.detail}`}`;
  }
};

export interface ReadTools {
  readonly events: EventStore;
  readonly ledger: Ledger;
  readonly subjects: SubjectKeys;
}

/** One exchange put together from its records: segments in order, text where it may still be read, evidence. */
export const readExchange = async (
  tools: ReadTools,
  tenant: TenantId,
  id: string,
): Promise<ExchangeDetail | undefined> => {
  const [row, events] = await Promise.all([
    tools.events.getExchange(tenant, id),
    tools.events.exchangeEvents(tenant, id),
  ]);
  if (row === undefined) return undefined;
  const references = await tools.ledger.references(id);
  // Delivery is at least once.
  const distinct = new Map(events.map((event) => [event.id, event]));
  const records = [...distinct.values()].flatMap((event) => {
    // A source may name the exchange that its event belongs to; what it calls a record is its own word.
    if (event.source !== "gateway" && event.source !== "self-test") return [];
    const json = event.record;
    if (json === undefined) return [];
    // Text that was kept and is there no longer was erased with its subject's name, or its time was over.
    const gone = event.body["captured"] === true && event.text === undefined;
    return [
      { record: parseTrusted<ExchangeRecord>(json), sealed: event.text, gone, forgotten: event.principal === ERASED },
    ];
  });
  const [first] = records;
  if (first === undefined) return undefined;

  const segments: CapturedSegment[] = [];
  const outlines: BodyOutline[] = [];
  let unreadable: ExchangeDetail["capture"] | undefined;
  // The last record carries all matches of the exchange.
  let matches: readonly RecordedMatch[] = [];
  for (const { record, sealed, gone, forgotten } of records) {
    if (gone && unreadable === undefined) unreadable = forgotten ? "erased" : "expired";
    const key = sealed === undefined ? undefined : await tools.subjects.existing({ ...subjectOf(record) });
    const words = sealed === undefined || key === undefined ? undefined : openWords(sealed, key, record.id);
    if (sealed !== undefined && words === undefined) unreadable = "erased";
    segments.push(...record.segments.map((segment) => withText(segment, words?.texts.get(segment.index))));
    outlines.push(...(words?.outlines ?? []));
    matches = record.matches.map((match, position) => withClues(match, words?.clues.get(position)));
  }
  const closed = records.map(({ record }) => record).find((record): record is ClosedRecord => record.kind === "closed");
  const { record: opened } = first;
  const newest = closed ?? opened;
  const evidence = references.at(-1);
  const { tenant: _tenant, would: _would, search: _search, version: _version, ...summary } = row;
  return {
    ...summary,
    matches: [...matches],
    segments: segments.sort((a, b) => a.index - b.index),
    outlines,
    receipt: records.flatMap(({ record }) => expandReceipt(record.receipt)),
    ...(evidence !== undefined && { evidence }),
    origin: newest.origin,
    ...(closed?.detail !== undefined && { detail: closed.detail }),
    requestVerdict: closed?.requestVerdict ?? opened.verdict,
    ...(closed?.responseVerdict !== undefined && { responseVerdict: closed.responseVerdict }),
    toolCalls: closed?.toolCalls ?? [],
    ...(newest.masked !== undefined && { masked: newest.masked }),
    ...(newest.restored !== undefined && { restored: newest.restored }),
    ...(closed?.usage !== undefined && { usage: closed.usage }),
    ...(closed?.finishReason !== undefined && { finishReason: closed.finishReason }),
    ...(closed?.firstByteMs !== undefined && { firstByteMs: closed.firstByteMs }),
    requestBytes: closed?.requestBytes ?? 0,
    responseBytes: closed?.responseBytes ?? 0,
    capture:
      unreadable ??
      captureOf(
        segments,
        records.some(({ sealed }) => sealed !== undefined),
      ),
    timeline: timelineOf(
      records.map(({ record }) => record),
      references,
    ),
  };
};

const withClues = (match: RecordedMatch, clues: readonly Clue[] | undefined): RecordedMatch =>
  clues === undefined ? match : { ...match, clues: [...clues] };

const withText = (segment: CapturedSegment, text: string | undefined): CapturedSegment =>
  text === undefined ? segment : { ...segment, text };

const captureOf = (segments: readonly CapturedSegment[], anySealed: boolean): ExchangeDetail["capture"] => {
  if (!anySealed) return segments.length === 0 ? "full" : "hash";
  return segments.every((segment) => segment.text === undefined || segment.text.length === segment.length)
    ? "full"
    : "redacted";
};

const timelineOf = (
  records: readonly ExchangeRecord[],
  references: readonly EvidenceRef[],
): ExchangeDetail["timeline"] => {
  const startMs = Date.parse(records[0]?.time ?? "");
  return records.map((record, position) => {
    const evidence = references[position];
    return {
      time: record.time,
      offsetMs: Date.parse(record.time) - startMs,
      what: sentenceOf(record),
      record: record.id,
      kind: record.kind,
      ...(evidence !== undefined && { evidence }),
    };
  });
};
