import { isHeld, type Step } from "#pipeline";
import type { Logger } from "#platform";
import { createDeparture } from "./departure.ts";
import type { Passage } from "./passage.ts";
import type { UpstreamResponse } from "./upstream.ts";

const UNDO_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;

type Ask = (passage: Passage, body: undefined, grownBytes: number) => Promise<UpstreamResponse>;

/**
 * Takes back at the upstream what led to a request that policy stops, where its endpoint says how. The caller has its
 * answer already; what fails here is left to end by itself.
 */
export const undoAtUpstream = async (passage: Passage, { verdict }: Step, logger: Logger, ask: Ask): Promise<void> => {
  const { endpoint, match, exchange } = passage;
  // What is held may come again, once a person approved it.
  // A guard reaches no upstream.
  if (endpoint.undo === undefined || isHeld(verdict) || match.route.configuration.guard !== undefined) return;
  const note = { exchange: exchange.origin.exchange, undo: endpoint.undo };
  const rest = match.rest.slice(0, match.rest.lastIndexOf("/") + 1) + endpoint.undo;
  const call = createDeparture();
  const limit = setTimeout(() => call.go(`no answer within ${UNDO_MS} ms`), UNDO_MS);
  try {
    const asking = { ...passage, call, endpoint: { ...endpoint, body: "none" }, match: { ...match, rest } } as const;
    const { status, body } = await ask(asking, undefined, 0);
    await body.collect(ANSWER_BYTES_MAX);
    if (status >= 300) logger.warn({ ...note, status }, "what led to a stopped request could not be undone");
  } catch (error) {
    logger.warn({ ...note, error }, "what led to a stopped request could not be undone");
  } finally {
    clearTimeout(limit);
  }
};
