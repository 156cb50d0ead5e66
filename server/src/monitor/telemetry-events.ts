import {
  maxSeverity,
  type CapturedSegment,
  type Event,
  type TelemetryEvent,
  type TelemetryRecord,
} from "@parapet/model";
import { subjectOfEvent } from "#ledger";
import { captureSegments } from "#pipeline";
import { matchFields, severityOf } from "./match-fields.ts";
import { sealWords } from "./sealed-words.ts";
import type { Subject } from "./subject-keys.ts";
import { segmentsOf, type InspectedTexts, type TextInspector } from "./text-inspector.ts";

const EVENTS_AT_ONCE = 200;

/** The events of one telemetry record: texts inspected, then sealed under their subject's key as `capture` says. */
export const telemetryEvents = async (
  record: TelemetryRecord,
  inspector: TextInspector,
  keyOf: (subject: Subject) => Buffer,
): Promise<readonly Event[]> => {
  const told = record.events.filter(({ texts = [] }) => texts.length > 0);
  const inspected = told.length === 0 ? [] : await inspector.inspect(told.map(({ texts = [] }) => texts));
  const found = new Map(told.map((event, position) => [event, inspected[position]]));
  const events: Event[] = [];
  for (const [position, event] of record.events.entries()) {
    if (position % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) await new Promise(setImmediate);
    events.push(toEvent(event, record, found.get(event), keyOf));
  }
  return events;
};

const toEvent = (
  { key: _key, texts = [], ...event }: TelemetryEvent,
  record: TelemetryRecord,
  inspected: InspectedTexts | undefined,
  keyOf: (subject: Subject) => Buffer,
): Event => {
  const envelope = {
    ...event,
    tenant: record.tenant,
    receivedAt: record.time,
    source: record.source,
    schemaVersion: record.schemaVersion,
    route: event.route ?? record.feed,
  };
  if (inspected === undefined) return envelope;
  const { matches, unscannable, bypassed } = inspected;
  const captured = captureSegments(segmentsOf(texts), matches, inspected.digests, record.capture);
  // What nobody looked at cannot have been redacted.
  const segments = record.capture === "redacted" ? captured.map(withoutUnread) : captured;
  const subject = { tenant: record.tenant, subject: subjectOfEvent(event, record) };
  const text = sealWords({ id: event.id, segments, matches }, keyOf(subject));
  return {
    ...envelope,
    severity: maxSeverity(event.severity, severityOf(matches)),
    ...(text !== undefined && { text }),
    // Last: a sender's field of the same name must not hide what was found.
    body: {
      ...event.body,
      ...matchFields(matches),
      unscannable,
      bypassed,
      captured: text !== undefined,
      texts: segments.map(placeOf),
    },
  };
};

const withoutUnread = ({ text, ...place }: CapturedSegment): CapturedSegment =>
  text === undefined || place.digest === "" ? place : { ...place, text };

const placeOf = ({ provenance, length, digest }: CapturedSegment) => ({ provenance, length, digest });
