/**
 * Loaded with `--import` into the process under test: how late its event loop was. Says so on its IPC channel when
 * asked, and starts anew; nothing of it is in the product.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 2;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
process.on("message", () => {
  // The histogram holds the time between two firings of a timer, so an idle loop shows the timer's own interval.
  const at = (percent: number): number => Math.max(0, delay.percentile(percent) / 1e6 - RESOLUTION_MS);
  process.send?.({
    p50Ms: at(50),
    p99Ms: at(99),
    maxMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS),
    rssMb: process.memoryUsage.rss() / 2 ** 20,
  });
  delay.reset();
});
