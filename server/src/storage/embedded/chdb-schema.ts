/**
 * Tables of the event store, ClickHouse SQL. Migrations run in order, each statement may run again after a
 * kill, so every one is idempotent. Only append.
 *
 * `raw` is an event's body as JSON text, which readers get back and searches open where its words may hold what they
 * look for; `record` is what is only read back. Events are partitioned by when they were received, because `time` is
 * the sender's word and hostile times would make partitions without end.
 */
// Durable at each insert. Wide parts are a file for each column and JSON path, all synced, so they wait until
// they are large: that doubled what can be inserted.
const DURABLE = `fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1,
  non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 268435456`;

// The columns as this migration made them; another count is another migration.
const HOURLY_COUNTS = [
  "events",
  "exchanges",
  "inputTokens",
  "outputTokens",
  "errors",
  "refusals",
  "blocks",
  "nearMisses",
  "prompts",
  "latencies",
  "latencyLog",
  "addedLog",
];
/**
 * The words of an event, for the text index: its body's JSON with the escapes taken out, which would hold on to the
 * word behind them, and the names of the envelope. A condition finds the index only by this very expression.
 */
export const EVENT_WORDS = String.raw`lowerUTF8(concatWithSeparator(' ', replaceRegexpAll(raw, '\\\\(u00[01][0-9a-f]|[^u])', ' '),
  source, kind, severity, exchange, session, principal, agent, asset, route, model, trace))`;

export const EVENT_MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE IF NOT EXISTS parapet.events (
      tenant LowCardinality(String),
      id String,
      time DateTime64(3, 'UTC'),
      received_at DateTime64(3, 'UTC'),
      source LowCardinality(String),
      kind LowCardinality(String),
      schema_version UInt16,
      severity LowCardinality(String),
      exchange String,
      session String,
      principal String,
      agent LowCardinality(String),
      asset String,
      route LowCardinality(String),
      model LowCardinality(String),
      trace String,
      text String CODEC(ZSTD(1)),
      raw String CODEC(ZSTD(1)),
      body JSON(max_dynamic_paths = 128, max_dynamic_types = 8, SKIP record)
        DEFAULT ifNull(accurateCastOrNull(raw, 'JSON(max_dynamic_paths = 128, max_dynamic_types = 8, SKIP record)'), '{}'),
      INDEX exchange_index exchange TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = MergeTree
    PARTITION BY toYYYYMM(received_at)
    ORDER BY (tenant, time, id)
    SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS parapet.exchanges (
      tenant LowCardinality(String),
      id String,
      time DateTime64(3, 'UTC'),
      route LowCardinality(String),
      session String,
      principal String,
      agent LowCardinality(String),
      model LowCardinality(String),
      verdict LowCardinality(String),
      would LowCardinality(String),
      policy LowCardinality(String),
      state LowCardinality(String),
      severity LowCardinality(String),
      categories Array(LowCardinality(String)),
      matches UInt32,
      unscannable UInt32,
      latency_ms Float64,
      added_ms Float64,
      streamed Bool,
      status UInt16,
      search String,
      version UInt8,
      INDEX search_index search TYPE text(tokenizer = ngrams(3)) GRANULARITY 64,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = ReplacingMergeTree(version)
    PARTITION BY toYYYYMM(UUIDv7ToDateTime(toUUIDOrZero(id)))
    ORDER BY (tenant, id)
    SETTINGS ${DURABLE}`,
  ],
  [`ALTER TABLE parapet.exchanges ADD COLUMN IF NOT EXISTS lane LowCardinality(String) DEFAULT ''`],
  [
    `CREATE TABLE IF NOT EXISTS parapet.hourly (
      tenant LowCardinality(String),
      dimension LowCardinality(String),
      id String,
      hour DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
      ${HOURLY_COUNTS.map((name) => `${name} SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1))`).join(",\n      ")},
      values SimpleAggregateFunction(sumMap, Map(String, Float64)) CODEC(ZSTD(1)),
      cells SimpleAggregateFunction(sumMap, Map(String, Float64)) CODEC(ZSTD(1)),
      samples SimpleAggregateFunction(groupArrayArray, Array(UInt64)) CODEC(ZSTD(1))
    ) ENGINE = AggregatingMergeTree
    PARTITION BY toYYYYMM(hour)
    ORDER BY (tenant, dimension, id, hour)
    SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS parapet.hits (
      tenant LowCardinality(String),
      rule LowCardinality(String),
      version LowCardinality(String),
      event String,
      time DateTime64(3, 'UTC'),
      received_at DateTime64(3, 'UTC'),
      exchange String,
      fields Map(LowCardinality(String), String),
      INDEX received_index received_at TYPE minmax GRANULARITY 1
    ) ENGINE = MergeTree
    PARTITION BY toYYYYMM(received_at)
    ORDER BY (tenant, rule, time, event)
    SETTINGS ${DURABLE}`,
    // Words of bodies, and names that are looked up whole; parts that are there get them as they are merged.
    `ALTER TABLE parapet.events
      ADD INDEX IF NOT EXISTS words_index ${EVENT_WORDS} TYPE text(tokenizer = splitByNonAlpha),
      ADD INDEX IF NOT EXISTS principal_index lowerUTF8(toString(principal)) TYPE bloom_filter(0.01) GRANULARITY 1,
      ADD INDEX IF NOT EXISTS asset_index lowerUTF8(toString(asset)) TYPE bloom_filter(0.01) GRANULARITY 1,
      ADD INDEX IF NOT EXISTS session_words_index lowerUTF8(toString(session)) TYPE bloom_filter(0.01) GRANULARITY 1,
      ADD INDEX IF NOT EXISTS exchange_words_index lowerUTF8(toString(exchange)) TYPE bloom_filter(0.01) GRANULARITY 1,
      ADD INDEX IF NOT EXISTS trace_index lowerUTF8(toString(trace)) TYPE bloom_filter(0.01) GRANULARITY 1`,
  ],
  // A column for each path of a body cost more than all else in an insert, and hunts read `raw`. The engine drops no
  // column that an erasure which was cut off still writes: a change of nothing ends when those before it have.
  [
    `ALTER TABLE parapet.events UPDATE text = text WHERE 0 SETTINGS mutations_sync = 1`,
    `ALTER TABLE parapet.events DROP COLUMN IF EXISTS body SETTINGS alter_sync = 0`,
    `ALTER TABLE parapet.events ADD COLUMN IF NOT EXISTS record String CODEC(ZSTD(1))`,
  ],
];

/** Engine settings. Left to itself the engine takes what the machine has, for its caches too. */
export const engineConfiguration = (memoryBytes: number): string => {
  const cacheBytes = Math.floor(memoryBytes / 32);
  const settings = {
    max_server_memory_usage: memoryBytes,
    mark_cache_size: cacheBytes,
    index_mark_cache_size: cacheBytes,
    primary_index_cache_size: cacheBytes,
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    mmap_cache_size: 0,
    query_cache: { max_size_in_bytes: 0 },
    text_index_dictionary_block_cache_size: cacheBytes,
    text_index_header_cache_size: cacheBytes,
    text_index_postings_cache_size: cacheBytes,
  };
  const elements = Object.entries(settings).map(([name, value]) =>
    typeof value === "number"
      ? `<${name}>${String(value)}</${name}>`
      : `<${name}>${Object.entries(value)
          .map(([inner, size]) => `<${inner}>${String(size)}</${inner}>`)
          .join("")}</${name}>`,
  );
  return `<clickhouse>${elements.join("")}</clickhouse>\n`;
};
