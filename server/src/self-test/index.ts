/**
 * Parapet against itself: rows of attacks and look-alikes through the live gateway, what was found of them, and
 * whether that is as good as it was.
 *
 * Knows neither the gateway nor files: compose sends, records and reads for it. Invariant: what could not be seen
 * is told as unseen, never counted as found or clean.
 */
export { Baseline, makeBaseline } from "./baseline.ts";
export { readCorpus, type Corpus } from "./corpus.ts";
export { createScript, type Script } from "./script.ts";
export { createSelfTest, type SelfTest, type SelfTestTools } from "./self-test.ts";
export type { LaneTarget, Sent } from "./run-lane.ts";
