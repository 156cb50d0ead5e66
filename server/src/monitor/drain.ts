import { DEFAULT_TENANT, EventId, type ClosedRecord, type ExchangeRecord, type SpoolRecord } from "@parapet/model";
import type { Ledger } from "#ledger";
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
import { hourlyOf, leavesOf, newestRows, prepareBatch, type Prepared } from "./drain-batch.ts";
import type { DrainIntent } from "./drain-intent.ts";
import { toHit, type Detection } from "./detection.ts";
import { withoutWords } from "./sealed-words.ts";
import type { Linker } from "./linker.ts";
import type { SubjectKeys } from "./subject-keys.ts";
import type { TextInspector } from "./text-inspector.ts";

const BATCH_MAX = 2_000;
/** Telemetry has up to a thousand events in a record: this much text is a batch, and at least one record. */
const BATCH_UNITS_MAX = 8 * 1024 * 1024;
const RETRY_MS = 2_000;

export interface DrainTools {
  readonly spool: Spool;
  readonly events: EventStore;
  readonly control: ControlStore;
  readonly ledger: Ledger;
  readonly cursor: () => Promise<SpoolCursor | undefined>;
  readonly intent: DrainIntent;
  readonly subjects: SubjectKeys;
  readonly linker: Linker;
  readonly detection: Detection;
  /** Looks at what telemetry was told that people and models said. */
  readonly inspector: TextInspector;
  /** Keys the signatures of prompts in the hourly aggregates. */
  readonly signatureSeed: number;
  readonly publish: (rows: readonly ExchangeRow[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most records in a batch. */
  readonly batchMax?: number;
}

/**
 * Spool → event store → findings → ledger, then trim. At least once, in the order of the spool; each step
 * may be repeated: the store by the batch's token, findings by the event's id, the ledger by the leaf's.
 */
export const createDrain = (tools: DrainTools) => {
  const { spool, events, control, ledger, intent, logger, batchMax = BATCH_MAX } = tools;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  // What was read while the batch before it was stored.
  let ahead: Promise<Prepared | undefined> | undefined;

  /** Answers how many records were drained. */
  const drainOnce = async (): Promise<number> => {
    const from = await tools.cursor();
    const planned = await intent.pending(from);
    const prepared =
      (await takeAhead(from, planned !== undefined)) ??
      (await prepareBatch(from, await readBatch(from, planned?.count), tools, tools.clock.now()));
    if (prepared === undefined) {
      // What was stored just before a restart was not trimmed, and would look like something that waits.
      if (from !== undefined && spool.status().pending > 0) await spool.trim(from);
      return 0;
    }
    const { count, last, records: all } = prepared;
    const isRepeated = planned?.count === count;
    if (!isRepeated) await intent.declare({ from, count });

    const records = await newOnes(all);
    await closeInterrupted(records);
    const isKept = new Set(records);
    const isWhole = records.length === all.length;
    const leftOut = new Set<string>(isWhole ? [] : all.filter((record) => !isKept.has(record)).map(({ id }) => id));
    const batch = isWhole ? prepared.events : prepared.events.filter(({ id }) => !leftOut.has(id));
    const rows = isWhole ? prepared.rows : await newestRows(records);
    const hourly = await hourlyOf(batch, records, tools.signatureSeed);
    const token = `${prepared.first}..${last}`;
    // The store's own threads insert: meanwhile the rest of this batch is made, and the next one read.
    const besides = async () => {
      const leaves = await leavesOf(prepared);
      const held = await tools.detection.match(batch);
      const found = (isRepeated ? planned.findings : undefined) ?? (await tools.detection.fold(held));
      if (spool.status().pending - count >= batchMax / 4) {
        // What goes wrong here goes wrong again, and is told, when the batch has its turn.
        ahead = readBatch(last, undefined)
          .then(async (read) => await prepareBatch(last, read, tools, tools.clock.now()))
          .catch(() => undefined);
        await ahead;
      }
      return { leaves, found, held };
    };
    const [{ leaves, found, held }] = await Promise.all([
      besides(),
      events.insert({ events: batch, exchanges: rows, hourly }, token),
    ]);
    await events.insertHits(held.map(toHit), tools.clock.now(), token);
    // Findings are counts: what a drain that dies here has counted must not be counted again.
    if (found.length > 0) await intent.declare({ from, count, findings: found });
    await tools.detection.store(found);
    await control.changeOpenExchanges(...openChanges(all));
    await ledger.append(leaves, last);
    await tools.linker.store();
    await spool.trim(last);
    tools.publish(rows.filter(({ lane }) => lane === undefined));
    return all.length;
  };

  /** Only right after the batch before it, and only while its keys are good. */
  const takeAhead = async (from: SpoolCursor | undefined, isPlanned: boolean): Promise<Prepared | undefined> => {
    const prepared = await ahead;
    ahead = undefined;
    const isNext = !isPlanned && from !== undefined && prepared?.from === from;
    return isNext && prepared.erasures === tools.subjects.erasures() ? prepared : undefined;
  };

  /** A batch that was begun before is read to the same end: one read may stop short of it, at the end of a segment. */
  const readBatch = async (
    from: SpoolCursor | undefined,
    count: number | undefined,
  ): Promise<readonly SpooledRecord[]> => {
    const records = [...(await readOn(from, count ?? batchMax))];
    if (count === undefined) return beginningOf(records);
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

const beginningOf = (records: readonly SpooledRecord[]): readonly SpooledRecord[] => {
  let units = 0;
  const end = records.findIndex(({ json }, position) => {
    units += json.length;
    return position > 0 && units > BATCH_UNITS_MAX;
  });
  return end === -1 ? records : records.slice(0, end);
};

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
