/**
 * What many events together show: correlations over hits, baselines of who does what, drift of distributions,
 * and the signs of stolen models.
 *
 * Pure: windows, aggregates and the time come in; it keeps no state, asks no clock and stores nothing.
 * Invariant: an answer names the numbers it rests on, and says when there are too few.
 */
export { createHourlyFold } from "./hourly/fold.ts";
export { observe, type Observation, type ObservedText } from "./hourly/observe.ts";
export { Baseline, summarise } from "./baseline/baseline.ts";
export { echoesOf, type Placed, withCommonCauses } from "./baseline/common-cause.ts";
export { judge, learnSimilarity, similarityOf } from "./baseline/judge.ts";
export { learn } from "./baseline/learn.ts";
export { circlesOf, learnPeers, type Peers } from "./baseline/peers.ts";
export { attribute, driftSentence } from "./drift/attribute.ts";
export { compare } from "./drift/drift.ts";
export { placeIn } from "./drift/typical.ts";
export { mostAlike } from "./theft/neighbourhoods.ts";
export { judgeTheft, type AskedDay } from "./theft/theft.ts";
export { bandOf, metricOf } from "./baseline/band.ts";
export { judgeProbe, probeAnswer } from "./drift/probe.ts";
