import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { PolicyQuestion } from "./policy.ts";
import type { CedarRecord } from "./projection.ts";

/** What Cedar says against a text; offsets are UTF-8 bytes into that text. */
export interface CedarProblem {
  readonly message: string;
  readonly help: string | undefined;
  readonly start: number | undefined;
  readonly level: "error" | "warning";
}

const problem = (error: cedar.DetailedError, level: CedarProblem["level"]): CedarProblem => {
  const location = error.sourceLocations?.[0];
  const label = location?.label;
  return {
    message: label === null || label === undefined ? error.message : `${error.message}: ${label}`,
    help: error.help ?? undefined,
    start: location?.start,
    level,
  };
};

export type Statements =
  | { readonly ok: true; readonly statements: readonly string[]; readonly templates: readonly string[] }
  | { readonly ok: false; readonly problems: readonly CedarProblem[] };

/** Splits a file into its statements, each with the text as written. */
export const splitStatements = (text: string): Statements => {
  const answer = cedar.policySetTextToParts(text);
  return answer.type === "success"
    ? { ok: true, statements: answer.policies, templates: answer.policy_templates }
    : { ok: false, problems: answer.errors.map((error) => problem(error, "error")) };
};

/** The statement's JSON form; undefined when Cedar cannot make one. */
export const statementJson = (text: string): cedar.PolicyJson | undefined => {
  const answer = cedar.policyToJson(text);
  return answer.type === "success" ? answer.json : undefined;
};

/**
 * Strict validation against the schema, all statements at once: reading the schema costs Cedar some
 * 30 ms a call. Answers one list of problems per statement.
 */
export const validateStatements = (
  schema: string,
  statements: readonly string[],
): readonly (readonly CedarProblem[])[] => {
  const staticPolicies = Object.fromEntries(statements.map((text, index) => [String(index), text]));
  const answer = cedar.validate({ schema, policies: { staticPolicies } });
  if (answer.type === "failure") {
    throw new Error(`Cedar could not validate: ${answer.errors.map(({ message }) => message).join("; ")}`);
  }
  const problems: CedarProblem[][] = statements.map(() => []);
  for (const { policyId, error } of answer.validationErrors) problems[Number(policyId)]?.push(problem(error, "error"));
  for (const { policyId, error } of answer.validationWarnings)
    problems[Number(policyId)]?.push(problem(error, "warning"));
  return problems;
};

/** Not a slug, so no policy can take it. */
const PERMIT_ID = "built-in:permit";
const BUILT_IN_PERMIT = "permit (principal, action, resource);";

/**
 * Cedar keeps prepared sets by name and cannot forget one, so names are taken from a ring, one for sets of any size
 * and a longer one for those of few policies. A set whose name was taken over by a newer one (a long stream that
 * outlived reloads) prepares itself again.
 */
const ringOf = (name: string, size: number): Ring => {
  const owners: (symbol | undefined)[] = Array.from({ length: size });
  let next = 0;
  return {
    nameAt: (place) => `${name}-${place}`,
    take: (owner) => {
      const place = next;
      next = (next + 1) % size;
      owners[place] = owner;
      return place;
    },
    isAt: (owner, place) => owners[place] === owner,
  };
};

interface Ring {
  readonly nameAt: (place: number) => string;
  readonly take: (owner: symbol) => number;
  readonly isAt: (owner: symbol, place: number) => boolean;
}

/** A set of as many policies is small: some 20 KB each. */
export const FEW_POLICIES = 8;
const ANY_SIZE = ringOf("set", 8);
const FEW = ringOf("few", 128);

export interface CedarCall {
  readonly question: PolicyQuestion;
  readonly context: CedarRecord;
  readonly principal: CedarRecord | undefined;
  readonly resource: CedarRecord | undefined;
}

export interface CedarAnswer {
  /** Ids of the `forbid` statements that hold. */
  readonly held: readonly string[];
  /** Ids of statements that could not be evaluated (arithmetic overflow). */
  readonly erred: readonly string[];
}

/** Prepares `forbid` statements by id and answers which of them hold. */
export const prepareStatements = (statements: ReadonlyMap<string, string>): ((call: CedarCall) => CedarAnswer) => {
  const owner = Symbol("prepared set");
  const staticPolicies = { ...Object.fromEntries(statements), [PERMIT_ID]: BUILT_IN_PERMIT };
  const ring = statements.size > FEW_POLICIES ? ANY_SIZE : FEW;
  let place = -1;
  const take = (): void => {
    place = ring.take(owner);
    const answer = cedar.preparsePolicySet(ring.nameAt(place), { staticPolicies });
    if (answer.type === "failure") {
      throw new Error(
        `Cedar refused a set it had validated: ${answer.errors.map(({ message }) => message).join("; ")}`,
      );
    }
  };
  return ({ question, context, principal, resource }) => {
    if (!ring.isAt(owner, place)) take();
    const principalUid = { type: question.principal.kind, id: question.principal.id };
    const resourceUid = { type: "Route", id: question.route };
    const entities: cedar.EntityJson[] = [];
    if (principal !== undefined) entities.push({ uid: principalUid, attrs: principal, parents: [] });
    if (resource !== undefined) entities.push({ uid: resourceUid, attrs: resource, parents: [] });
    const answer = cedar.statefulIsAuthorized({
      principal: principalUid,
      action: { type: "Action", id: question.action },
      resource: resourceUid,
      context,
      entities,
      preparsedPolicySetId: ring.nameAt(place),
      validateRequest: false,
    });
    if (answer.type === "failure") {
      throw new Error(`Cedar could not decide: ${answer.errors.map(({ message }) => message).join("; ")}`);
    }
    const { decision, diagnostics } = answer.response;
    return {
      held: decision === "deny" ? diagnostics.reason.filter((id) => id !== PERMIT_ID) : [],
      erred: diagnostics.errors.map(({ policyId }) => policyId),
    };
  };
};
