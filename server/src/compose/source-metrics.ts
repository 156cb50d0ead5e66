import type { FeedParts, Feeds } from "#ingest";
import type { Metrics } from "#platform";

type Health = ReturnType<FeedParts["health"]["read"]>;

/** One series per source; the totals are since it was first connected. */
const MEASURES: readonly (readonly [string, string, (health: Health) => number])[] = [
  ["parapet_source_events_total", "Events taken in, by source", ({ events }) => events],
  ["parapet_source_bytes_total", "Bytes taken in after decompression, by source", ({ bytes }) => bytes],
  ["parapet_source_known_total", "Records that had been sent before, by source", ({ known }) => known],
  ["parapet_source_malformed_total", "Records that went to the dead letters, by source", ({ malformed }) => malformed],
  ["parapet_source_refused_total", "Payloads refused over the quota, by source", ({ refused }) => refused],
  [
    "parapet_source_lag_ms",
    "From an event's time to its receipt, newest payload, by source",
    ({ lagMs }) => lagMs ?? 0,
  ],
  [
    "parapet_source_clock_ahead_ms",
    "How far the sender's clock was ahead in the last hour, by source",
    ({ skewMs }) => skewMs,
  ],
  [
    "parapet_source_silent",
    "1 while a source is silent for longer than it may be",
    ({ silentSince }) => (silentSince === undefined ? 0 : 1),
  ],
];

export const measureSources = (metrics: Metrics, feeds: Feeds): void => {
  for (const [name, help, read] of MEASURES)
    metrics
      .gauge(name, help)
      .readEach(() => feeds.all().map(({ feed, health }) => [{ source: feed.id }, read(health.read())] as const));
};
