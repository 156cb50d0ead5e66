import type { SourceEvent, TelemetryRecord } from "@parapet/model";
import { TELEMETRY_EVENTS_MAX } from "@parapet/model";
import { SpoolUnavailable, type Spool } from "#storage";
import { toTimestamp, uuidv7, type Clock, type Logger } from "#platform";
import type { DecodeContext, Decoded, SourcePayload, SplitRecord } from "#sources";
import type { DeadLetters, Unread } from "./dead-letters.ts";
import { keyedId } from "./event-ids.ts";
import type { Feed } from "./feed.ts";
import type { HealthRecorder } from "./health.ts";
import type { Quota } from "./quota.ts";
import type { SeenIds } from "./seen-ids.ts";
import { faultOf } from "./well-formed.ts";

/** What became of a payload. `accepted` and what was malformed are durable. */
export interface Taken {
  readonly accepted: number;
  /** Sent before. */
  readonly known: number;
  /** Well-formed, and of no use here. */
  readonly skipped: number;
  readonly malformed: number;
  /** Why the first malformed one is so. */
  readonly reason?: string;
  /** Whether nothing of the payload could be cut into records. */
  readonly unreadable: boolean;
}

export type Outcome =
  | ({ readonly kind: "taken" } & Taken)
  /** Over its quota. Nothing was read. */
  | { readonly kind: "refused"; readonly reason: string; readonly retryAfterSeconds: number }
  /** Cannot be made durable now; sent again, what was stored already is known by its key. */
  | { readonly kind: "unavailable" };

export interface FeedParts {
  readonly feed: Feed;
  readonly quota: Quota;
  readonly health: HealthRecorder;
}

export interface Intake {
  readonly take: (parts: FeedParts, payload: SourcePayload) => Promise<Outcome>;
  /** One record that a source could not read before, as it was kept. Not held to the quota. */
  readonly again: (parts: FeedParts, text: string, stage: Unread["stage"]) => Promise<Outcome>;
}

export interface IntakeTools {
  readonly spool: Pick<Spool, "append">;
  readonly deadLetters: DeadLetters;
  readonly seen: SeenIds;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A record of the spool is cut beyond this, so that none is much larger than a frame. */
const RECORD_UNITS_MAX = 1024 * 1024;
const RECORDS_BETWEEN_LOOKS = 64;
/** The event loop, which the gateway may share, gets a turn after so long. */
const TURN_MS = 4;

/** Payload → records → events → spool, the one road of all transports. */
export const createIntake = ({ spool, deadLetters, seen, clock, logger }: IntakeTools): Intake => {
  /** Records on their way to the disk, by id: whoever brings one of them again waits for its end. */
  const inFlight = new Map<string, Promise<void>>();

  const others = (events: readonly WrittenEvent[]): ReadonlySet<Promise<void>> =>
    inFlight.size === 0 ? NOBODY : new Set(events.flatMap(({ id }) => inFlight.get(id) ?? []));

  const claim = (fresh: Iterable<WrittenEvent>): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const keyed: string[] = [];
    for (const { id, isKeyed } of fresh) if (isKeyed) keyed.push(id);
    for (const id of keyed) inFlight.set(id, promise);
    return () => {
      for (const id of keyed) inFlight.delete(id);
      resolve();
    };
  };

  const road = async (
    { feed, quota, health }: FeedParts,
    records: Iterable<SplitRecord>,
    bytes: number,
  ): Promise<Outcome> => {
    const receivedMs = clock.now();
    const read = await readAll(feed, records, receivedMs);
    // Nothing is claimed while waiting, so that two payloads cannot wait for each other; and nothing awaited after.
    for (let busy = others(read.events); busy.size > 0; busy = others(read.events)) await Promise.all(busy);
    const fresh = new Map<string, WrittenEvent>();
    for (const event of read.events) if (!seen.has(event.id)) fresh.set(event.id, event);
    const known = read.events.length - fresh.size;
    const done = claim(fresh.values());
    quota.take(fresh.size, bytes);
    try {
      const lost = await deadLetters.put(feed.tenant, feed.id, read.unread);
      if (lost > 0) health.lost(lost);
      await Promise.all(
        spoolRecords(feed, fresh.values(), receivedMs).map(async ({ json, keyed }) => {
          await spool.append(json);
          for (const id of keyed) seen.add(id);
        }),
      );
    } catch (error) {
      if (!(error instanceof SpoolUnavailable)) logger.error({ error, source: feed.id }, "telemetry could not be kept");
      return { kind: "unavailable" };
    } finally {
      done();
    }
    const { skipped, unread } = read;
    health.taken(
      Array.from(fresh.values(), ({ timeMs }) => timeMs),
      { bytes, known, skipped, malformed: unread.length },
    );
    return {
      kind: "taken",
      accepted: fresh.size,
      known,
      skipped,
      malformed: unread.length,
      ...(unread[0] !== undefined && { reason: unread[0].reason }),
      unreadable:
        fresh.size + known + skipped === 0 && unread.length > 0 && unread.every(({ stage }) => stage === "split"),
    };
  };

  return {
    take: async (parts, payload) => {
      const allowed = parts.quota.check(payload.bytes.length);
      if (!allowed.ok) {
        parts.health.refused();
        return { kind: "refused", reason: allowed.reason, retryAfterSeconds: allowed.retryAfterSeconds };
      }
      return await road(parts, parts.feed.source.split(payload), payload.bytes.length);
    },
    again: async (parts, text, stage) => {
      const bytes = Buffer.from(text);
      if (stage === "split") return await road(parts, parts.feed.source.split({ bytes, contentType: "" }), 0);
      const record: unknown = JSON.parse(text);
      return await road(parts, [{ ok: true, record }], 0);
    },
  };
};

const NOBODY: ReadonlySet<Promise<void>> = new Set();

/** An event as the spool gets it: the object itself is let go, since thousands of them would be in memory at once. */
interface WrittenEvent {
  readonly id: string;
  /** Whether the id was made of the source's key. */
  readonly isKeyed: boolean;
  readonly timeMs: number;
  readonly json: string;
}

const written = ({ tenant, id: feed }: Feed, event: SourceEvent, receivedMs: number): WrittenEvent => {
  const isKeyed = event.key !== undefined;
  const id = event.key === undefined ? uuidv7<string>(receivedMs) : keyedId(tenant, feed, event.key);
  return { id, isKeyed, timeMs: Date.parse(event.time), json: `{"id":"${id}",${JSON.stringify(event).slice(1)}` };
};

interface ReadRecords {
  readonly events: WrittenEvent[];
  readonly unread: Unread[];
  skipped: number;
}

const readAll = async (feed: Feed, records: Iterable<SplitRecord>, receivedMs: number): Promise<ReadRecords> => {
  const context: DecodeContext = { receivedAt: toTimestamp(receivedMs) };
  const read: ReadRecords = { events: [], unread: [], skipped: 0 };
  let position = 0;
  let turnMs = performance.now();
  for (const one of records) {
    position += 1;
    if (position % RECORDS_BETWEEN_LOOKS === 0 && performance.now() - turnMs > TURN_MS) {
      await new Promise(setImmediate);
      turnMs = performance.now();
    }
    if (!one.ok) {
      read.unread.push({ reason: one.reason, text: one.text, stage: "split" });
      continue;
    }
    const decoded = decodeSafely(feed, one.record, context);
    if (decoded.kind === "event") read.events.push(written(feed, decoded.event, receivedMs));
    else if (decoded.kind === "skipped") read.skipped += 1;
    else read.unread.push({ reason: decoded.reason, text: textOf(one.record), stage: "decode" });
  }
  return read;
};

const decodeSafely = ({ source }: Feed, record: unknown, context: DecodeContext): Decoded => {
  const decoded = source.decode(record, context);
  if (decoded.kind !== "event") return decoded;
  const fault = faultOf(decoded.event);
  return fault === undefined ? decoded : { kind: "malformed", reason: fault };
};

const textOf = (record: unknown): string => {
  try {
    return (
      JSON.stringify(record, (_name, value: unknown) => (typeof value === "bigint" ? value.toString() : value)) ?? ""
    );
  } catch {
    // Nested deeper than can be written.
    return "";
  }
};

interface SpoolText {
  readonly json: string;
  /** Ids that were made of the source's keys. */
  readonly keyed: readonly string[];
}

/** Records of at most a thousand events and about a million characters each. */
const spoolRecords = (feed: Feed, events: Iterable<WrittenEvent>, receivedMs: number): readonly SpoolText[] => {
  const head = JSON.stringify({
    kind: "telemetry",
    schemaVersion: 1,
    time: toTimestamp(receivedMs),
    tenant: feed.tenant,
    source: feed.source.id,
    feed: feed.id,
    capture: feed.capture,
  } satisfies Omit<TelemetryRecord, "id" | "events">).slice(0, -1);
  const texts: SpoolText[] = [];
  let parts: string[] = [];
  let keyed: string[] = [];
  let units = 0;
  const cut = (): void => {
    if (parts.length === 0) return;
    texts.push({ json: `${head},"id":"${uuidv7(receivedMs)}","events":[${parts.join(",")}]}`, keyed });
    [parts, keyed, units] = [[], [], 0];
  };
  for (const { id, isKeyed, json } of events) {
    if (parts.length === TELEMETRY_EVENTS_MAX || (parts.length > 0 && units + json.length > RECORD_UNITS_MAX)) cut();
    parts.push(json);
    units += json.length;
    if (isKeyed) keyed.push(id);
  }
  cut();
  return texts;
};
