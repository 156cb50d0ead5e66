import type { Event, HourlyRow, SpoolRecord } from "@parapet/model";
import { createHourlyFold, type ObservedText } from "#detection";
import { subjectOf, toLeaf, type Leaf } from "#ledger";
import { hmacHex, parseTrusted } from "#platform";
import type { ExchangeRow, SpoolCursor, SpooledRecord } from "#storage";
import { sealWords } from "./sealed-words.ts";
import type { Subject, SubjectKeys } from "./subject-keys.ts";
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
  /** One for each record. */
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
  subjects: SubjectKeys,
  receivedMs: number,
): Promise<Prepared | undefined> => {
  const [first, last] = [spooled[0], spooled.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const erasures = subjects.erasures();
  const records = distinct(await inSlices(spooled, ({ json }) => parseTrusted<SpoolRecord>(json)));
  const keyOf = await subjects.forBatch(records.map(subjectOf));
  const events = await inSlices(records, (record) =>
    toEvent(record, receivedMs, (exchange) => sealWords(exchange, keyOf(subjectOf(exchange)))),
  );
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
    toLeaf(record, { hmac: (_subject, value) => hmac(subjectOf(record), value) }),
  );
};

/** What a batch adds to the hours it falls into. `seed` keys the signatures of prompts. */
export const hourlyOf = async (
  events: readonly Event[],
  records: readonly SpoolRecord[],
  seed: number,
): Promise<readonly HourlyRow[]> => {
  const texts = new Map(records.map((record) => [record.id, textsOf(record)]));
  const fold = createHourlyFold(seed);
  await inSlices(events, (event) => fold.add(event, texts.get(event.id) ?? []));
  return fold.rows();
};

const textsOf = (record: SpoolRecord): readonly ObservedText[] => (record.kind === "audit" ? [] : record.segments);

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
    record.kind === "audit" ? undefined : toExchangeRow(record),
  );
  return rows.filter((row) => row !== undefined);
};

const distinct = (records: readonly SpoolRecord[]): readonly SpoolRecord[] => [
  ...new Map(records.map((record) => [record.id, record])).values(),
];

/** Leaves are kept for ever: of the self-test only its result is one, an audit record. */
const isEvidence = (record: SpoolRecord): boolean => record.kind === "audit" || record.origin.lane === undefined;
