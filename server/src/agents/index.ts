/**
 * Agents under control: what a tool call does, where the words of its arguments come from, what the session has
 * read, and what the agent was given.
 *
 * Pure: no clock, network, files or randomness, and it decides nothing; it gathers the facts that policy decides on.
 * Invariant: what is not known counts as the worse of what it could be.
 */
export { createSessionFlow } from "./session-flow.ts";
export type { DoubtReader } from "./doubt/index.ts";
export type {
  AgentContent,
  CallReading,
  CallValue,
  FlowEntry,
  ProposedCall,
  SessionFlow,
  SessionLabels,
} from "./flow.ts";
export {
  exceedsAlone,
  inHundredths,
  limitsOf,
  measureArguments,
  measureCall,
  readAmount,
  type LimitedCall,
} from "./limits.ts";
export { describeArguments } from "./registry/call-use.ts";
export { compareScope } from "./registry/compare.ts";
export { proposeScope } from "./registry/propose.ts";
export { summariseAgent } from "./registry/summary.ts";
export { agentsInForce, grantsOf, limitsInForce } from "./registry/scope.ts";
export { notableCalls, summariseUse } from "./registry/use.ts";
export { RECIPES, recipeInput, writeRecipe, type GatewayPlace } from "./recipes/index.ts";
export {
  edgeName,
  exceedsBudget,
  isForbidden,
  isUnexpected,
  learnStep,
  NOTHING_LEARNED,
  stepName,
  STEPS_MAX,
  type LearnedSteps,
  type PastSteps,
} from "./steps.ts";
export { namesTool } from "./tool-pattern.ts";
