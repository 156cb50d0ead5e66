/**
 * How likely it is that content, and not the user, is why a call is made: learnt from the open cases of
 * `bench/agents` and from labelled requests, so that it knows wordings that no table has.
 *
 * Two small models in `models/agents`: weights over the words of a request and the kind of tool say how well the two
 * go together, and a few hundred shallow trees weigh that with where the call's values come from. It decides nothing.
 * Invariant: the same call in the same session has the same doubt; of a session whose past is lost nothing is said.
 */
export { createDoubtReader, EVEN, WISH, type Doubt, type DoubtReader } from "./doubt.ts";
export { gatherMarks, type CallEvidence } from "./evidence.ts";
export { readDoubtModel, type DoubtModelFile, shippedDoubt } from "./model.ts";
export { hashRequest, pairFeatures, toolKeys, WISH_BITS, wishSum, type RequestWords, type ToolKeys } from "./wish.ts";
export { scoreTrees, type Trees } from "./trees.ts";
