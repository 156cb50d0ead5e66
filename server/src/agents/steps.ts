import { START, type AgentBudget, type AgentSteps } from "@parapet/model";
import { namesTool } from "./tool-pattern.ts";

/** A tool as a step: `server/name`, or `name` where the application runs it. */
export const stepName = (server: string, tool: string): string => (server === "" ? tool : `${server}/${tool}`);

const namesStep = (pattern: string, step: string): boolean => {
  const slash = step.indexOf("/");
  return slash === -1 ? namesTool(pattern, "", step) : namesTool(pattern, step.slice(0, slash), step.slice(slash + 1));
};

/** What a session did before the step that is looked at. */
export interface PastSteps {
  /** The last step; undefined: none yet. */
  readonly last: string | undefined;
  /** Every step that was ever taken. */
  readonly taken: ReadonlySet<string>;
}

/** Most different steps of a session that are remembered; beyond that any of them may have been taken. */
export const STEPS_MAX = 1_000;

/** Whether the declaration says that this step is not to be taken after those. */
export const isForbidden = (steps: AgentSteps | undefined, { taken }: PastSteps, step: string): boolean =>
  (steps?.forbidden ?? []).some(
    ({ after, never }) =>
      namesStep(never, step) && (taken.size >= STEPS_MAX || [...taken].some((earlier) => namesStep(after, earlier))),
  );

/** Whether the declared graph, or else the learned one, knows no such step after the last. */
export const isUnexpected = (
  steps: AgentSteps | undefined,
  learned: LearnedSteps,
  { last }: PastSteps,
  step: string,
): boolean => {
  if (steps?.expected === undefined) return !knowsStep(learned, last, step);
  return !Object.entries(steps.expected).some(
    ([pattern, next]) =>
      (last === undefined ? pattern === START : pattern !== START && namesStep(pattern, last)) &&
      next.some((one) => namesStep(one, step)),
  );
};

/** In how many sessions each step was seen to follow another. */
export interface LearnedSteps {
  readonly sessions: number;
  /** By {@link edgeName}. */
  readonly edges: ReadonlyMap<string, number>;
}

/** Below so many sessions nothing is unexpected; an edge is known once so many sessions took it. */
export const LEARNING_SESSIONS = 20;
const KNOWN_FROM = 2;
/** Most edges that are remembered of one agent; beyond that, nothing is said to be unexpected. */
const EDGES_MAX = 1_000;

export const NOTHING_LEARNED: LearnedSteps = { sessions: 0, edges: new Map() };

/** Nothing before the first step. */
export const edgeName = (from: string | undefined, to: string): string => `${from ?? ""}\u0000${to}`;

const knowsStep = ({ sessions, edges }: LearnedSteps, from: string | undefined, to: string): boolean =>
  sessions < LEARNING_SESSIONS || edges.size >= EDGES_MAX || (edges.get(edgeName(from, to)) ?? 0) >= KNOWN_FROM;

/**
 * Adds a step that passed.
 * @param isNew whether the session took this edge for the first time: a loop in one session teaches once
 */
export const learnStep = (learned: LearnedSteps, { last }: PastSteps, step: string, isNew: boolean): LearnedSteps => {
  const key = edgeName(last, step);
  const sessions = learned.sessions + (last === undefined ? 1 : 0);
  const seen = learned.edges.get(key) ?? 0;
  if (!isNew || seen >= KNOWN_FROM || (seen === 0 && learned.edges.size >= EDGES_MAX)) return { ...learned, sessions };
  return { sessions, edges: new Map(learned.edges).set(key, seen + 1) };
};

/** What a session has used so far. */
export interface SessionUse {
  readonly calls: number;
  readonly repeats: number;
  readonly tokens: number;
  readonly minutes: number;
}

/** Whether one more call is beyond what a session of the agent may use up. */
export const exceedsBudget = (budget: AgentBudget | undefined, use: SessionUse): boolean =>
  budget !== undefined &&
  (use.calls >= (budget.calls ?? Infinity) ||
    use.repeats >= (budget.repeats ?? Infinity) ||
    use.tokens >= (budget.tokens ?? Infinity) ||
    use.minutes > (budget.minutes ?? Infinity));
