import type { Correlating } from "#monitor";
import type { Metrics } from "#platform";

/** What the looks for correlations did since the start, and how far they are behind. */
export const measureCorrelating = (metrics: Metrics, { figures }: Correlating): void => {
  const gauge = (name: string, help: string, read: () => number): void => metrics.gauge(name, help).read(read);
  gauge("parapet_correlating_looks", "Looks for correlations since the start", () => figures().looks);
  gauge(
    "parapet_correlating_failures",
    "Looks that failed since the start; each is tried again",
    () => figures().failures,
  );
  gauge(
    "parapet_correlating_findings",
    "Findings that correlations made or let grow since the start",
    () => figures().findings,
  );
  gauge(
    "parapet_correlating_clipped",
    "Correlations with more hits than are read, since the start",
    () => figures().clipped,
  );
  gauge("parapet_correlating_look_seconds", "How long the newest look took", () => figures().tookMs / 1_000);
  gauge(
    "parapet_correlating_behind_seconds",
    "Since the beginning of the newest whole look; what came later is not correlated yet",
    () => figures().behindMs / 1_000,
  );
};
