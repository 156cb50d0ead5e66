import type {
  AgentActivity,
  Dimension,
  Event,
  ExchangeState,
  ExchangeSummary,
  HourlyRow,
  TenantId,
  Timestamp,
} from "@parapet/model";
import type { EventsQuery, ExchangesQuery, Overview } from "@parapet/model/api";

/** A summary as stored: the newest `version` of an id wins. `search` holds lower-case words for `q`. */
export interface ExchangeRow extends ExchangeSummary {
  readonly tenant: TenantId;
  readonly would: string;
  readonly search: string;
  /** 0 for `opened`, 1 for the terminal record. */
  readonly version: number;
}

/** What the overview needs from the event store; the rest is added by the API. */
export type StoreOverview = Pick<
  Overview,
  | "exchanges"
  | "byVerdict"
  | "byCategory"
  | "wouldHave"
  | "unscannable"
  | "failed"
  | "addedMs"
  | "latencyMs"
  | "series"
  | "topPolicies"
  | "topPrincipals"
> & { readonly routes: readonly { readonly route: string; readonly exchanges: number; readonly stopped: number }[] };

export interface ModePreviewRow {
  readonly exchanges: number;
  readonly wouldChange: number;
  readonly byPolicy: readonly { readonly policy: string; readonly count: number }[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Names by where they stand in an event; pods are `namespace/name`. */
export interface EventNames {
  readonly principals?: readonly string[];
  readonly agents?: readonly string[];
  readonly sessions?: readonly string[];
  readonly traces?: readonly string[];
  readonly assets?: readonly string[];
  readonly addresses?: readonly string[];
  readonly workloads?: readonly string[];
  readonly pods?: readonly string[];
}

export interface EventWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** Which hours of whom to read, and which of the larger parts besides the counts. */
export interface HourlyQuery {
  readonly dimension: Dimension;
  /** Left out: all. */
  readonly ids?: readonly string[];
  /** First hour, inclusive, and the hour after the last, milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly parts?: readonly ("values" | "cells" | "samples")[];
}

/** Some events of one of a dimension, `fromMs` to before `untilMs` of their own time. */
export interface SampleQuery {
  readonly dimension: Dimension;
  readonly id: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Only events in whose body this stands, letter by letter. */
  readonly word?: string;
  readonly limit: number;
}

/** A name that one of a dimension was seen with: `feature=value`. */
export interface SeenValue {
  readonly id: string;
  readonly value: string;
  /** On how many days, UTC. */
  readonly days: number;
  readonly firstMs: number;
  readonly count: number;
}

/** An agent in the time that was looked at. Effects are those of calls through the gateway. */
export interface SeenAgent {
  readonly id: string;
  readonly firstSeen: Timestamp;
  readonly lastSeen: Timestamp;
  readonly exchanges: number;
  readonly sessions: number;
  readonly calls: number;
  readonly observed: number;
  readonly held: number;
  readonly stopped: number;
  readonly effects: readonly string[];
  /** Whose calls passed, as `server/tool` or `tool`; at most 200. */
  readonly tools: readonly string[];
}

export interface ActivityQuery {
  readonly agent: string;
  readonly sinceMs: number;
  readonly limit: number;
}

/** Values of the `{name:Type}` in a condition; what users wrote stands only here. */
export type SqlValues = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * A condition over the table of events, ClickHouse SQL. `candidates` holds wherever `exact` does and is cheap: it is
 * asked first.
 */
export interface EventCondition {
  readonly exact: string;
  readonly candidates: string;
  readonly parameters: SqlValues;
}

export interface HuntScope {
  readonly condition: EventCondition;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface HuntCounts {
  readonly total: number;
  /** Width of `series`, from `sinceMs` on. */
  readonly widthMs: number;
  readonly series: readonly number[];
}

/** One rule that held for one event. */
export interface Hit {
  readonly tenant: TenantId;
  readonly rule: string;
  readonly version: string;
  readonly event: string;
  readonly time: string;
  readonly exchange: string;
  /** Values that correlations group by, count or add up, by the field's name; a list that is counted has U+001F between. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Which hits of a tenant a correlation looks at. */
export interface HitsQuery {
  readonly rules: readonly string[];
  readonly sinceMs: number;
  /** Only groups that got a hit at or after this moment of receipt. */
  readonly changedSinceMs: number;
  /** The fields of each rule that make the group, in one order. */
  readonly groupBy: Readonly<Record<string, readonly string[]>>;
  /** Fewest hits, a list in them counting as all its values, and fewest different rules, of a group that is of interest. */
  readonly hitsMin: number;
  readonly rulesMin: number;
  /** Of hits alike in rule and fields only the first in each such time. 0: all. */
  readonly oneEveryMs: number;
  readonly limit: number;
}

export interface RuleActivity {
  readonly rule: string;
  readonly hits: number;
  readonly last: string;
}

/**
 * Events, append-only, analytical. All reads and writes are per tenant. Parapet's own traffic (`lane`) is in no count
 * and in no list that does not ask for it; its events have the source `self-test`.
 */
export interface EventStore {
  /**
   * Inserts a batch durably (on disk when it resolves). `token` names the batch: a batch with a token
   * that was inserted already changes nothing, so that a drain may be repeated.
   */
  insert(
    batch: {
      readonly events: readonly Event[];
      readonly exchanges: readonly ExchangeRow[];
      /** Added to the hours that are there. */
      readonly hourly?: readonly HourlyRow[];
    },
    token: string,
  ): Promise<void>;
  /** As {@link insert}, with the same tokens. */
  insertHits(hits: readonly Hit[], receivedMs: number, token: string): Promise<void>;
  /** Tenants and rules that got hits at or after a moment of receipt. */
  changedRules(sinceMs: number): Promise<readonly { readonly tenant: TenantId; readonly rule: string }[]>;
  /** In order of time and event. */
  listHits(tenant: TenantId, query: HitsQuery): Promise<readonly Hit[]>;
  /** Hits of each rule since then, by the events' time. */
  ruleActivity(tenant: TenantId, sinceMs: number): Promise<readonly RuleActivity[]>;
  /** Events for which the condition holds, newest first. */
  hunt(
    tenant: TenantId,
    query: HuntScope & { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Event>>;
  countHunt(tenant: TenantId, query: HuntScope): Promise<HuntCounts>;
  /** The most frequent values of an expression over such events. */
  countHuntBy(
    tenant: TenantId,
    query: HuntScope & { readonly by: { readonly sql: string; readonly parameters: SqlValues } },
  ): Promise<readonly { readonly value: string; readonly count: number }[]>;
  /** Newest first. */
  listExchanges(tenant: TenantId, query: ExchangesQuery): Promise<Page<ExchangeSummary>>;
  getExchange(tenant: TenantId, id: string): Promise<ExchangeRow | undefined>;
  /** All events of one exchange, in time order. */
  exchangeEvents(tenant: TenantId, id: string): Promise<readonly Event[]>;
  /** Newest first. */
  listEvents(tenant: TenantId, query: EventsQuery): Promise<Page<Event>>;
  getEvent(tenant: TenantId, id: string): Promise<Event | undefined>;
  /** Events in which any of the names stands, newest first; none for no names. */
  eventsOfNames(tenant: TenantId, names: EventNames, window: EventWindow): Promise<readonly Event[]>;
  /** Drawn by lot over the whole time, the same each time it is asked; none of Parapet's own. */
  sampleEvents(tenant: TenantId, query: SampleQuery): Promise<readonly Event[]>;
  /** Which sources sent events since then, when last, and how many. */
  sourcesSeen(
    tenant: TenantId,
    sinceMs: number,
  ): Promise<readonly { readonly source: string; readonly events: number; readonly last: Timestamp }[]>;
  overview(tenant: TenantId, sinceMs: number, nowMs: number): Promise<StoreOverview>;
  /** What an enforcing route would have changed since then, by policy. */
  modePreview(tenant: TenantId, route: string, sinceMs: number): Promise<ModePreviewRow>;
  /** Events of one kind since then, oldest first, for replay; in batches. */
  scanEvents(
    tenant: TenantId,
    filter: { readonly sinceMs: number; readonly kind?: string },
  ): AsyncIterable<readonly Event[]>;
  /** Ids of telemetry received since then that were made of the source's own key (UUIDv8), newest first. */
  recentKeyedIds(tenant: TenantId, sinceMs: number, limit: number): Promise<readonly string[]>;
  /**
   * Hours of one dimension, by id and then by time; parts that were not asked for are empty. In batches of whole
   * ids, so that nobody has to hold more than some of them.
   */
  scanHourly(tenant: TenantId, query: HourlyQuery): AsyncIterable<readonly HourlyRow[]>;
  /** Names that these were seen with in those hours; at most 400 of each. */
  seenValues(tenant: TenantId, query: HourlyQuery): Promise<readonly SeenValue[]>;
  /** Agents that were named in what was received since then; busiest first, at most 2,000. */
  agentsSeen(tenant: TenantId, sinceMs: number): Promise<readonly SeenAgent[]>;
  /** What one agent did since then, newest first. */
  agentActivity(tenant: TenantId, query: ActivityQuery): Promise<readonly AgentActivity[]>;
  countByState(tenant: TenantId, sinceMs: number): Promise<Readonly<Partial<Record<ExchangeState, number>>>>;
  /**
   * Takes the principal's name out of every row and event of the tenant, with their text, and answers how
   * many exchanges that were. The second half of erasing a subject; the first is destroying its key.
   */
  forgetPrincipal(tenant: TenantId, principal: string): Promise<number>;
  /** Removes captured text older than `textBeforeMs`, events older than `eventsBeforeMs`, and Parapet's own traffic older than `laneBeforeMs`. */
  retain(bounds: {
    readonly textBeforeMs: number;
    readonly eventsBeforeMs: number;
    readonly laneBeforeMs?: number;
  }): Promise<void>;
  close(): Promise<void>;
}
