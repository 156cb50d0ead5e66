import { DEFAULT_TENANT, EventId, type ClosedRecord, type ExchangeRecord, type SpoolRecord } from "@parapet/model";
import { subjectOf, toLeaf, type Ledger } from "#ledger";
import { hmacHex, parseTrusted, toTimestamp, type Clock, type Logger } from "#platform";
import {
  SpoolDamaged,
  SpoolUnavailable,
  type ControlStore,
  type EventStore,
  type ExchangeRow,
  type OpenExchange,
  type Spool,
  type SpoolCursor,
  type SpooledRecord,
} from "#storage";
import type { DrainIntent } from "./drain-intent.ts";
import type { Detection } from "./detection.ts";
import type { Subject, SubjectKeys } from "./subject-keys.ts";
import { sealWords, withoutWords } from "./sealed-words.ts";
import { toEvent, toExchangeRow } from "./to-events.ts";

const BATCH_MAX = 4_000;
const RETRY_MS = 2_000;
// A few milliseconds of the event loop, which the gateway may share.
const RECORDS_AT_ONCE = 100;
const REMEMBERED_UNITS_MAX = 256;

export interface DrainTools {
  readonly spool: Spool;
  readonly events: EventStore;
  readonly control: ControlStore;
  readonly ledger: Ledger;
  readonly cursor: () => Promise<SpoolCursor | undefined>;
  readonly intent: DrainIntent;
  readonly subjects: SubjectKeys;
  readonly detection: Detection;
  readonly publish: (rows: readonly ExchangeRow[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Spool → event store → findings → ledger, then trim. At least once, in the order of the spool; each step
 * may be repeated: the store by the batch's token, findings by the event's id, the ledger by the leaf's.
 */
export const createDrain = (tools: DrainTools) => {
  const { spool, events, control, ledger, intent, logger } = tools;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  /** Answers how many records were drained. */
  const drainOnce = async (): Promise<number> => {
    const from = await tools.cursor();
    const planned = await intent.pending(from);
    const spooled = await readBatch(from, planned?.count);
    const last = spooled.at(-1);
    if (last === undefined) {
      // What was stored just before a restart was not trimmed, and would look like something that waits.
      if (from !== undefined && spool.status().pending > 0) await spool.trim(from);
      return 0;
    }
    const isRepeated = planned?.count === spooled.length;
    if (!isRepeated) await intent.declare({ from, count: spooled.length });

    const all = distinct(await inSlices(spooled, ({ json }) => parseTrusted<SpoolRecord>(json)));
    const records = await newOnes(all);
    await closeInterrupted(records);
    const keyOf = await tools.subjects.forBatch(all.map(subjectOf));
    const receivedMs = tools.clock.now();
    const batch = await inSlices(records, (record) =>
      toEvent(record, receivedMs, (exchange) => sealWords(exchange, keyOf(subjectOf(exchange)))),
    );
    const rows = newestRows(records);
    const hmac = rememberingHmac(keyOf);
    // The leaves are made while the store's own threads insert.
    const [leaves] = await Promise.all([
      inSlices(all.filter(isEvidence), (record) =>
        toLeaf(record, { hmac: (_subject, value) => hmac(subjectOf(record), value) }),
      ),
      events.insert({ events: batch, exchanges: rows }, `${spooled[0]?.cursor ?? ""}..${last.cursor}`),
    ]);
    const found = (isRepeated ? planned.findings : undefined) ?? (await tools.detection.fold(batch));
    // Findings are counts: what a drain that dies here has counted must not be counted again.
    if (found.length > 0) await intent.declare({ from, count: spooled.length, findings: found });
    await tools.detection.store(found);
    await control.changeOpenExchanges(...openChanges(all));
    await ledger.append(leaves, last.cursor);
    await spool.trim(last.cursor);
    tools.publish(rows.filter(({ lane }) => lane === undefined));
    return all.length;
  };

  /** A batch that was begun before is read to the same end: one read may stop short of it, at the end of a segment. */
  const readBatch = async (
    from: SpoolCursor | undefined,
    count: number | undefined,
  ): Promise<readonly SpooledRecord[]> => {
    const records = [...(await readOn(from, count ?? BATCH_MAX))];
    if (count === undefined) return records;
    while (records.length < count) {
      const more = await readOn(records.at(-1)?.next ?? from, count - records.length);
      if (more.length === 0) break;
      records.push(...more);
    }
    return records;
  };

  /** Leaves out the ends of interrupted exchanges that were drained before: their start may be handled twice. */
  const newOnes = async (records: readonly SpoolRecord[]): Promise<readonly SpoolRecord[]> => {
    const ends = records.flatMap((record) => (isInterruption(record) ? [record.origin] : []));
    if (ends.length === 0) return records;
    const open = new Set(
      openChanges(records.filter((record) => !isInterruption(record)))[0].map(({ exchange }) => exchange),
    );
    for (const node of new Set(ends.map(({ node }) => node))) {
      for (const { exchange } of await control.openExchanges(node)) open.add(exchange);
    }
    return records.filter((record) => !isInterruption(record) || open.has(record.origin.exchange));
  };

  /** Where stored records were changed or are gone, a record that says so stands in their place. */
  const readOn = async (from: SpoolCursor | undefined, max: number) => {
    try {
      return await spool.read(from, max);
    } catch (error) {
      if (!(error instanceof SpoolDamaged)) throw error;
      logger.error({ place: error.message }, "records in the spool were damaged and are lost");
      return [
        {
          cursor: error.next,
          next: error.next,
          json: JSON.stringify(damageRecord(error, toTimestamp(tools.clock.now()))),
        },
      ];
    }
  };

  /**
   * A gateway that starts again left its open exchanges behind: each gets its terminal record. They stay open
   * here until that record is drained, so that a monitor that dies in between loses none.
   */
  const closeInterrupted = async (records: readonly SpoolRecord[]): Promise<void> => {
    const ended: string[] = [];
    for (const [position, record] of records.entries()) {
      if (record.kind !== "audit" || record.type !== "gateway.started") continue;
      const boot = typeof record.detail["boot"] === "string" ? record.detail["boot"] : "";
      // What it left may stand in the very batch that brings its new start.
      const [fresh] = openChanges(records.slice(0, position));
      const known = [
        ...(await control.openExchanges(record.target)),
        ...fresh.filter(({ node }) => node === record.target),
      ];
      const left = known.filter((one) => one.boot !== boot && !ended.includes(one.exchange));
      try {
        await Promise.all(
          left.map((one) =>
            spool.append(JSON.stringify(interrupted(parseTrusted<ExchangeRecord>(one.opened), record.time))),
          ),
        );
      } catch (error) {
        if (!(error instanceof SpoolUnavailable)) throw error;
        logger.error(
          { node: record.target, exchanges: left.length, error },
          "interrupted exchanges stay open until the next start",
        );
        continue;
      }
      ended.push(...left.map(({ exchange }) => exchange));
      if (left.length > 0)
        logger.warn({ node: record.target, exchanges: left.length }, "exchanges were interrupted by a restart");
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const drained = await drainOnce();
        if (drained === 0) await spool.waitFor(await tools.cursor(), stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.error({ error }, "draining failed; trying again");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };

  return {
    start: (): void => {
      running ??= loop();
    },
    /** Resolves once everything durable now is drained. */
    settle: async (): Promise<void> => {
      while (spool.status().pending > 0 && !stopping.signal.aborted)
        await new Promise((resolve) => setTimeout(resolve, 10));
    },
    /** Drains what is there, then stops. */
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
      try {
        while ((await drainOnce()) > 0);
      } catch (error) {
        // What is left is drained at the next start.
        logger.error({ error }, "the spool could not be drained before stopping");
      }
    },
  };
};

/** Lets whoever shares the event loop have a turn between two slices. */
const inSlices = async <T, R>(items: readonly T[], work: (item: T) => R): Promise<R[]> => {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += RECORDS_AT_ONCE) {
    if (at > 0) await new Promise(setImmediate);
    for (const item of items.slice(at, at + RECORDS_AT_ONCE)) results.push(work(item));
  }
  return results;
};

/** Names, addresses and sessions come back all through a batch; digests of whole records do not. */
const rememberingHmac = (keyOf: (subject: Subject) => Buffer) => {
  const known = new Map<string, string>();
  return (subject: Subject, value: string): string => {
    const key = keyOf(subject);
    if (value.length > REMEMBERED_UNITS_MAX) return hmacHex(key, value);
    const name = `${subject.tenant}\0${subject.subject}\0${value}`;
    const before = known.get(name);
    if (before !== undefined) return before;
    const made = hmacHex(key, value);
    known.set(name, made);
    return made;
  };
};

/** At most one row per exchange and batch: a terminal one replaces the open one. */
const newestRows = (records: readonly SpoolRecord[]) => {
  const rows = new Map<string, NonNullable<ReturnType<typeof toExchangeRow>>>();
  for (const record of records) {
    const row = record.kind === "audit" ? undefined : toExchangeRow(record);
    if (row !== undefined && (rows.get(row.id)?.version ?? -1) < row.version) rows.set(row.id, row);
  }
  return [...rows.values()];
};

const distinct = (records: readonly SpoolRecord[]): readonly SpoolRecord[] => [
  ...new Map(records.map((record) => [record.id, record])).values(),
];

/** Leaves are kept for ever: of the self-test only its result is one, an audit record. */
const isEvidence = (record: SpoolRecord): boolean => record.kind === "audit" || record.origin.lane === undefined;

const isInterruption = (record: SpoolRecord): record is ClosedRecord =>
  record.kind === "closed" && record.state === "interrupted";

/** What a batch opens and closes. */
const openChanges = (records: readonly SpoolRecord[]): [OpenExchange[], string[]] => {
  const closed = new Set<string>();
  for (const record of records) if (record.kind === "closed") closed.add(record.origin.exchange);
  const opened = records.flatMap((record): OpenExchange[] => {
    if (record.kind !== "opened" || closed.has(record.origin.exchange)) return [];
    const { tenant, exchange, node, boot } = record.origin;
    const slim = {
      ...withoutWords(record),
      segments: [],
      receipt: { detectors: [], segments: [], reasons: [], parts: [] },
    };
    return [{ tenant, exchange, node, boot, opened: JSON.stringify(slim) }];
  });
  return [opened, [...closed]];
};

/** The terminal record of an exchange whose gateway went away. */
const interrupted = (opened: ExchangeRecord, time: string) => ({
  ...opened,
  kind: "closed" as const,
  // One id per interrupted exchange, the same when this is repeated.
  id: derivedId(opened.id, ""),
  time,
  state: "interrupted" as const,
  detail: "The gateway stopped before this exchange ended.",
  status: 0,
  toolCalls: [],
  latencyMs: 0,
  addedMs: 0,
  requestBytes: 0,
  responseBytes: 0,
  requestVerdict: opened.verdict,
  severity: "low" as const,
  unscannable: 0,
  bypassed: 0,
});

const damageRecord = (damage: SpoolDamaged, time: string): SpoolRecord => ({
  kind: "audit",
  schemaVersion: 1,
  id: derivedId(damage.message, damage.next),
  time,
  tenant: DEFAULT_TENANT,
  type: "evidence.lost",
  actor: "system",
  target: "spool",
  outcome: "failure",
  detail: { reason: `damaged: ${damage.message}` },
});

/** A UUIDv8 (RFC 9562 §5.8) made of two ids. */
const derivedId = (a: string, b: string): EventId => {
  const hex = hmacHex(a, "interrupted", b);
  return EventId.parse(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
};
