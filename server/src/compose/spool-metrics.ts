import type { Metrics } from "#platform";
import type { Spool } from "#storage";

/** What waits in the spool, on whichever side of it this process is. */
export const measureSpool = (metrics: Metrics, spool: Spool): void => {
  metrics.gauge("parapet_spool_bytes", "Bytes in the spool").read(() => spool.status().bytes);
  metrics.gauge("parapet_spool_pending", "Records not yet drained").read(() => spool.status().pending);
  metrics
    .gauge("parapet_evidence_lost_total", "Records of best-effort routes that could not be written")
    .read(() => spool.status().lost);
};
