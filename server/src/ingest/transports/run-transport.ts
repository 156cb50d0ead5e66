import { setTimeout as wait } from "node:timers/promises";
import type { FeedParts, Intake } from "../intake.ts";
import type { Positions, Transport, TransportTools } from "./transport.ts";

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 60_000;

export interface RunningTransport {
  readonly problem: () => string | undefined;
  readonly stop: () => Promise<void>;
}

/** Runs a transport, and again when it fails, until it is stopped. */
export const runTransport = (
  parts: FeedParts,
  make: (tools: TransportTools) => Transport,
  options: { readonly intake: Intake; readonly positions: Positions } & Pick<TransportTools, "clock" | "logger">,
): RunningTransport => {
  const { intake, positions, clock, logger } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const source = parts.feed.id;
  let problem: string | undefined;
  const setProblem = (next: string | undefined): void => {
    if (next !== undefined && next !== problem)
      logger.warn({ source, problem: next }, "a source's transport is in trouble");
    problem = next;
  };
  /** False when it was ended meanwhile. */
  const pause = async (ms: number): Promise<boolean> => {
    await wait(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };

  const deliver: TransportTools["deliver"] = async (payload) => {
    for (;;) {
      const outcome = await intake.take(parts, payload);
      if (outcome.kind === "taken") return true;
      const retryMs = outcome.kind === "refused" ? outcome.retryAfterSeconds * 1_000 : RETRY_MS_MIN;
      if (!(await pause(Math.min(retryMs, RETRY_MS_MAX)))) return false;
    }
  };

  const loop = async (): Promise<void> => {
    let retryMs = RETRY_MS_MIN;
    while (!signal.aborted) {
      try {
        const lost = parts.health.lost;
        await make({ deliver, positions, setProblem, lost, signal, clock, logger }).run();
        retryMs = RETRY_MS_MIN;
      } catch (error) {
        setProblem(error instanceof Error ? error.message : String(error));
      }
      if (!(await pause(retryMs))) return;
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
    }
  };
  const running = loop();
  return {
    problem: () => problem,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
};
