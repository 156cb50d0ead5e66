import { actionRank, type Action, type AppliedPolicy, severityRank } from "@parapet/model";
import type { Coverage, PolicyMeta } from "./annotations.ts";
import { FEW_POLICIES, prepareStatements } from "./cedar.ts";
import type { Node } from "./expression.ts";
import { gatherFacts, perMille, type Facts } from "./facts.ts";
import type { PolicyDecision, PolicyQuestion } from "./policy.ts";
import { attributesRead, projectValues } from "./projection.ts";
import { groupOf } from "./provenance-groups.ts";
import { POLICY_ACTIONS } from "./schema.ts";
import { admitsAction, knowAll, knowQuiet, ruledOut } from "./screen.ts";

/** One `forbid` statement, read and validated. */
export interface Policy {
  readonly meta: PolicyMeta;
  readonly text: string;
  /** Cedar's JSON form. */
  readonly json: Node;
}

const coveredBy = (coverage: Coverage, question: PolicyQuestion): readonly number[] =>
  question.matches.flatMap(({ match, provenance }, index) =>
    coverage.categories.has(match.category) &&
    perMille(match.confidence) >= coverage.from &&
    (coverage.types === undefined || coverage.types.has(match.type)) &&
    coverage.provenances.has(groupOf(provenance))
      ? [index]
      : [],
  );

const strongestFirst = (left: PolicyMeta, right: PolicyMeta): number =>
  actionRank(right.action) - actionRank(left.action) ||
  severityRank(right.severity) - severityRank(left.severity) ||
  (left.id < right.id ? -1 : 1);

const inOrder = (indexes: ReadonlySet<number>): readonly number[] =>
  [...indexes].toSorted((left, right) => left - right);

const applied = ({ id, action, severity, message }: PolicyMeta): AppliedPolicy => ({ id, action, severity, message });

type Ask = (question: PolicyQuestion) => readonly PolicyMeta[];
type AskWithFacts = (question: PolicyQuestion, facts: Facts) => readonly PolicyMeta[];

/** Prepares policies to be asked together: they are handed what they can read and nothing else. */
const prepareTogether = (policies: readonly Policy[]): AskWithFacts => {
  const byId = new Map(policies.map(({ meta }) => [meta.id, meta]));
  const attributes = attributesRead(policies.map(({ json }) => json["conditions"]));
  const needsPrincipal = attributes.some(({ path }) => path.startsWith("principal."));
  const needsResource = attributes.some(({ path }) => path.startsWith("resource."));
  const askCedar = prepareStatements(new Map(policies.map(({ meta, text }) => [meta.id, text])));
  return (question, facts) => {
    const { held, erred } = askCedar({
      question,
      context: projectValues(attributes, "context", facts),
      principal: needsPrincipal ? projectValues(attributes, "principal", facts) : undefined,
      resource: needsResource ? projectValues(attributes, "resource", facts) : undefined,
    });
    // A policy that cannot be evaluated counts as one that holds: an overflow must not open the gate.
    return [...new Set([...held, ...erred])].flatMap((id) => byId.get(id) ?? []);
  };
};

/** What the screens leave is mostly the same few policies; who makes them leave ever others has all asked at once. */
const SELECTIONS_MAX = 24;

/** Prepares the policies of one action; answers which of them apply to a question. */
const prepareAction = (policies: readonly Policy[], action: string): Ask => {
  const mine = policies.filter(({ json }) => admitsAction(json, action));
  const screens = mine.map(({ json }) => ruledOut(json));
  const askAll = prepareTogether(mine);
  const selections = new Map<string, AskWithFacts>();
  const askSome = (left: readonly number[]): AskWithFacts => {
    const name = left.join();
    const known = selections.get(name);
    if (known !== undefined) return known;
    if (left.length > FEW_POLICIES || selections.size >= SELECTIONS_MAX) return askAll;
    const made = prepareTogether(left.flatMap((at) => mine[at] ?? []));
    selections.set(name, made);
    return made;
  };
  let quiet: boolean | undefined;
  return (question) => {
    const nothing =
      question.matches.length === 0 && question.unscannable === 0 && question.toolCall?.facts === undefined;
    if (nothing && quiet === true) return [];
    const facts = gatherFacts(question);
    // Holds for every question without matches, whoever asks, so it is worked out once.
    if (nothing && quiet === undefined) {
      quiet = screens.every((rules) => rules(facts, knowQuiet));
      if (quiet) return [];
    }
    const left = screens.flatMap((rules, at) => (rules(facts, knowAll) ? [] : [at]));
    return left.length === 0 ? [] : askSome(left)(question, facts);
  };
};

/** Compiles policies into a decision. The answer depends on the question alone. */
export const makeDecide = (
  policies: readonly Policy[],
  policyVersion: string,
): ((question: PolicyQuestion) => PolicyDecision) => {
  const prepared = new Map(POLICY_ACTIONS.map((action) => [action, prepareAction(policies, action)]));
  const allowed: PolicyDecision = {
    verdict: { action: "allow", would: "allow", policies: [], policyVersion },
    redact: [],
    mask: [],
  };
  return (question) => {
    const found = prepared.get(question.action)?.(question) ?? [];
    if (found.length === 0) return allowed;
    const redact = new Set<number>();
    const labelled = new Set<number>();
    const standing = found.filter(({ coverage }) => {
      if (coverage === undefined) return true;
      // A redaction that covers nothing would be a verdict without an effect.
      const covered = coveredBy(coverage, question);
      for (const index of covered) {
        redact.add(index);
        if (coverage.form === "label") labelled.add(index);
      }
      return covered.length > 0;
    });
    const [strongest] = standing.toSorted(strongestFirst);
    if (strongest === undefined) return allowed;
    const would: Action = strongest.action;
    const observing = question.mode === "observe";
    // Nothing goes on after a block, so nothing is left to cut.
    const cuts = !observing && would !== "block";
    return {
      verdict: {
        action: observing ? "observe" : would,
        would,
        policy: strongest.id,
        policies: standing.toSorted(strongestFirst).map(applied),
        policyVersion,
      },
      redact: cuts ? inOrder(redact) : [],
      // What one policy takes away for good no other may bring back.
      mask: cuts ? inOrder(redact.difference(labelled)) : [],
    };
  };
};
