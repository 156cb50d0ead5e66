import { isExchangeRecord, type Event, type HourlyRow, type SpoolRecord, type TenantId } from "@parapet/model";
import { createHourlyFold, type ObservedText } from "#detection";
import { subjectOf, subjectOfEvent, toLeaf, type Leaf } from "#ledger";
import { hmacHex, parseTrusted } from "#platform";
import type { ExchangeRow, SpoolCursor, SpooledRecord } from "#storage";
import { telemetryEvents } from "./telemetry-events.ts";
import { sealWords } from "./sealed-words.ts";
import type { DrainTools } from "./drain.ts";
import type { Subject } from "./subject-keys.ts";
import { toEvent, toExchangeRow } from "./to-events.ts";

// A few milliseconds of the event loop, which the gateway may share.
const RECORDS_AT_ONCE = 100;
const REMEMBERED_UNITS_MAX = 256;

/** All of a batch that can be made without storing anything but its people's keys. */
export interface Prepared {
  readonly from: SpoolCursor | undefined;
  /** Cursors of the first and last record that were read, and how many there were. */
  readonly first: SpoolCursor;
  readonly last: SpoolCursor;
  readonly count: number;
  readonly records: readonly SpoolRecord[];
  /** One for each record, in telemetry several. */
  readonly events: readonly Event[];
  /** The newest of each exchange. */
  readonly rows: readonly ExchangeRow[];
  readonly keyOf: (subject: Subject) => Buffer;
  /** How many erasures there had been: after another one the keys are no longer good. */
  readonly erasures: number;
}

/** Undefined for no records. */
export const prepareBatch = async (
  from: SpoolCursor | undefined,
  spooled: readonly SpooledRecord[],
  { subjects, inspector, linker }: Pick<DrainTools, "subjects" | "inspector" | "linker">,
  receivedMs: number,
): Promise<Prepared | undefined> => {
  const [first, last] = [spooled[0], spooled.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const erasures = subjects.erasures();
  const records = distinct(await inSlices(spooled, ({ json }) => parseTrusted<SpoolRecord>(json)));
  const keyOf = await subjects.forBatch(records.flatMap(subjectsOf));
  for (const tenant of new Set(records.map(tenantOf))) await linker.ready(tenant);
  const events: Event[] = [];
  for (const [position, record] of records.entries()) {
    if (position % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await new Promise(setImmediate);
    const made =
      record.kind === "telemetry"
        ? await telemetryEvents(record, inspector, keyOf)
        : [toEvent(record, receivedMs, (exchange) => sealWords(exchange, keyOf(subjectOf(exchange))))];
    for (const event of made) events.push(linker.name(event));
  }
  const rows = await newestRows(records);
  return {
    from,
    first: first.cursor,
    last: last.cursor,
    count: spooled.length,
    records,
    events,
    rows,
    keyOf,
    erasures,
  };
};

/** The ledger's leaves of all records that are evidence. */
export const leavesOf = async ({ records, keyOf }: Prepared): Promise<readonly Leaf[]> => {
  const hmac = rememberingHmac(keyOf);
  return await inSlices(records.filter(isEvidence), (record) =>
    toLeaf(record, { hmac: (subject, value) => hmac({ tenant: subjectOf(record).tenant, subject }, value) }),
  );
};

/** Everybody whose key something of the record stands under. */
const subjectsOf = (record: SpoolRecord): readonly Subject[] =>
  record.kind === "telemetry"
    ? [
        subjectOf(record),
        ...record.events.map((event) => ({ tenant: record.tenant, subject: subjectOfEvent(event, record) })),
      ]
    : [subjectOf(record)];
/** What a batch adds to the hours it falls into. `seed` keys the signatures of prompts. */
export const hourlyOf = async (
  events: readonly Event[],
  records: readonly SpoolRecord[],
  seed: number,
): Promise<readonly HourlyRow[]> => {
  const texts = new Map<string, readonly ObservedText[]>(records.flatMap(textsOf));
  const fold = createHourlyFold(seed);
  await inSlices(events, (event) => fold.add(event, texts.get(event.id) ?? []));
  return fold.rows();
};

/** What was said in each event of a record. */
const textsOf = (record: SpoolRecord): readonly (readonly [string, readonly ObservedText[]])[] => {
  if (isExchangeRecord(record)) return [[record.id, record.segments]];
  if (record.kind === "audit") return [];
  return record.events.flatMap(({ id, texts = [] }) =>
    texts.length === 0 ? [] : [[id, texts.map((one) => ({ ...one, length: one.text.length }))] as const],
  );
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
export const newestRows = async (records: readonly SpoolRecord[]): Promise<readonly ExchangeRow[]> => {
  const newest = new Map<string, SpoolRecord>();
  for (const record of records) {
    if (record.kind !== "opened" && record.kind !== "closed") continue;
    // Of two ends the first counts; an end stands in the place of what was opened.
    const known = newest.get(record.origin.exchange)?.kind;
    if (known === undefined || (known === "opened" && record.kind === "closed"))
      newest.set(record.origin.exchange, record);
  }
  const rows = await inSlices([...newest.values()], (record) =>
    isExchangeRecord(record) ? toExchangeRow(record) : undefined,
  );
  return rows.filter((row) => row !== undefined);
};

const tenantOf = (record: SpoolRecord): TenantId => (isExchangeRecord(record) ? record.origin.tenant : record.tenant);

const distinct = (records: readonly SpoolRecord[]): readonly SpoolRecord[] => [
  ...new Map(records.map((record) => [record.id, record])).values(),
];

/** Leaves are kept for ever: of the self-test only its result is one, an audit record. */
const isEvidence = (record: SpoolRecord): boolean => !isExchangeRecord(record) || record.origin.lane === undefined;
