import type { ConceptName } from "./concepts.ts";

/** Contribution to the score in log-odds: in what a user writes, and in documents, tool results and descriptions. */
export interface Weights {
  readonly user: number;
  readonly outside: number;
}

/** Evidence for (or, with negative weights, against) an attack: one concept, or two near each other. */
export interface Rule {
  readonly first: ConceptName;
  readonly second?: ConceptName;
  /** Farthest distance of the two in words. */
  readonly within: number;
  /** Less of the weight counts the other way round, unless the language puts its verb last. */
  readonly isOrdered: boolean;
  readonly weights: Weights;
  /** The type that a match takes when this is its strongest evidence; empty for supporting evidence. */
  readonly type: string;
  readonly why: string;
}

const NEAR = 8;

export const one = (first: ConceptName, user: number, outside: number, type: string, why: string): Rule => ({
  first,
  within: 0,
  isOrdered: false,
  weights: { user, outside },
  type,
  why,
});

const pairOf =
  (isOrdered: boolean) =>
  (
    first: ConceptName,
    second: ConceptName,
    user: number,
    outside: number,
    type: string,
    why: string,
    within = NEAR,
  ): Rule => ({ first, second, within, isOrdered, weights: { user, outside }, type, why });

export const near = pairOf(false);
export const followed = pairOf(true);
