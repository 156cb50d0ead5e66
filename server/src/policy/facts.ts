import { CATEGORIES, type Category } from "@parapet/model";
import { CALL_ATTRIBUTES } from "./call-facts.ts";
import type { PolicyQuestion } from "./policy.ts";
import { groupOf, PROVENANCE_GROUPS, type ProvenanceGroup } from "./provenance-groups.ts";

/** Below this a match is noted but its type is not shown to policies, and nothing is redacted by default. */
export const LIKELY_PER_MILLE = 500;

/** 0.92 is 920. Rounded down, so that a bound is never reached by rounding. */
export const perMille = (confidence: number): number => Math.floor(confidence * 1000 + 1e-6);

/** What a set of matches amounts to. Cedar has no quantifiers, so they are taken here. */
export interface Facts {
  readonly question: PolicyQuestion;
  readonly highest: Readonly<Record<Category, number>>;
  readonly count: Readonly<Record<Category, number>>;
  readonly from: Readonly<Record<ProvenanceGroup, Readonly<Record<Category, number>>>>;
  readonly types: ReadonlySet<string>;
  readonly typesFrom: Readonly<Record<ProvenanceGroup, ReadonlySet<string>>>;
}

const zeros = (): Record<Category, number> => ({
  prompt_injection: 0,
  jailbreak: 0,
  hidden_text: 0,
  encoded_payload: 0,
  secret: 0,
  personal_data: 0,
  system_prompt_leak: 0,
  exfiltration: 0,
  unsafe_markup: 0,
  internal_name: 0,
  refusal: 0,
  unsafe_code: 0,
  requested_action: 0,
  goal_change: 0,
  unsafe_content: 0,
});

const perGroup = <T>(make: () => T): Record<ProvenanceGroup, T> => ({
  trusted: make(),
  user: make(),
  untrusted: make(),
  tool_arguments: make(),
  model: make(),
});

export const gatherFacts = (question: PolicyQuestion): Facts => {
  const highest = zeros();
  const count = { ...zeros(), ...question.unlisted };
  const from = perGroup(zeros);
  const types = new Set<string>();
  const typesFrom = perGroup(() => new Set<string>());
  for (const { match, provenance } of question.matches) {
    const confidence = perMille(match.confidence);
    const group = groupOf(provenance);
    count[match.category] += 1;
    highest[match.category] = Math.max(highest[match.category], confidence);
    from[group][match.category] = Math.max(from[group][match.category], confidence);
    if (confidence >= LIKELY_PER_MILLE) {
      types.add(match.type);
      typesFrom[group].add(match.type);
    }
  }
  return { question, highest, count, from, types, typesFrom };
};

/** A value that Cedar knows. Sets hold strings only; the schema has no others. */
export type FactValue = number | string | boolean | ReadonlySet<string>;

/** One attribute that policies may read: the schema, the projection and the manual come from these. */
export interface Attribute {
  /** `context.from.user.secret`, `principal.groups`, `resource.protocol`. */
  readonly path: string;
  readonly type: "Long" | "String" | "Bool" | "Set<String>";
  readonly description: string;
  /** Whether it is zero, empty or false whenever nothing was found or unreadable and no facts of a call are known. */
  readonly quiet: boolean;
  readonly read: (facts: Facts) => FactValue;
}

const attribute = (
  path: string,
  type: Attribute["type"],
  quiet: boolean,
  description: string,
  read: Attribute["read"],
): Attribute => ({ path, type, quiet, description, read });

const categoryAttributes = (category: Category): readonly Attribute[] => [
  attribute(
    `context.confidence.${category}`,
    "Long",
    true,
    `Highest confidence of a ${category} match, wherever it stands, in per mille`,
    (facts) => facts.highest[category],
  ),
  attribute(
    `context.count.${category}`,
    "Long",
    true,
    `Number of ${category} matches, of any confidence`,
    (facts) => facts.count[category],
  ),
  ...PROVENANCE_GROUPS.map((group) =>
    attribute(
      `context.from.${group}.${category}`,
      "Long",
      true,
      `Highest confidence of a ${category} match in ${group} text, in per mille`,
      (facts) => facts.from[group][category],
    ),
  ),
];

export const ATTRIBUTES: readonly Attribute[] = [
  ...CATEGORIES.flatMap(categoryAttributes),
  attribute(
    "context.types",
    "Set<String>",
    true,
    "Types of all matches of at least 500 per mille",
    (facts) => facts.types,
  ),
  ...PROVENANCE_GROUPS.map((group) =>
    attribute(
      `context.from.${group}.types`,
      "Set<String>",
      true,
      `Types of the matches of at least 500 per mille in ${group} text`,
      (facts) => facts.typesFrom[group],
    ),
  ),
  attribute(
    "context.unscannable",
    "Long",
    true,
    "Parts that no detector could read",
    (facts) => facts.question.unscannable,
  ),
  attribute("context.session.risk", "Long", false, "Risk of the session so far, 0 to 1000", (facts) =>
    Math.floor(facts.question.session.risk),
  ),
  attribute(
    "context.session.known",
    "Bool",
    false,
    "Whether the session's past could be rebuilt",
    (facts) => facts.question.session.known,
  ),
  attribute("context.mode", "String", false, "`observe` or `enforce`", (facts) => facts.question.mode),
  attribute(
    "context.tool.name",
    "String",
    false,
    "The tool's name; empty when no tool is called",
    (facts) => facts.question.toolCall?.name ?? "",
  ),
  ...CALL_ATTRIBUTES,
  attribute("context.streamed", "Bool", false, "Whether the response is a stream", (facts) => facts.question.streamed),
  attribute("context.agent", "String", false, "The agent's name, or empty", (facts) => facts.question.agent),
  attribute("context.user", "String", false, "The user's name, or empty", (facts) => facts.question.user ?? ""),
  attribute(
    "context.onBehalfOf",
    "Set<String>",
    false,
    "Agents and services that handed the task on to the agent",
    (facts) => new Set(facts.question.onBehalfOf ?? []),
  ),
  attribute("context.key", "String", false, "Id of the gateway key, or empty", (facts) => facts.question.key),
  attribute(
    "principal.id",
    "String",
    false,
    "Name of the user, agent, service or key",
    (facts) => facts.question.principal.id,
  ),
  attribute(
    "principal.groups",
    "Set<String>",
    false,
    "Groups of the principal, as the identity provider names them",
    (facts) => new Set(facts.question.principal.groups ?? []),
  ),
  attribute("resource.id", "String", false, "Id of the route", (facts) => facts.question.route),
  attribute("resource.protocol", "String", false, "Wire protocol of the route", (facts) => facts.question.protocol),
  attribute("resource.model", "String", false, "Model that was asked for", (facts) => facts.question.model),
];

export const ATTRIBUTE_BY_PATH: ReadonlyMap<string, Attribute> = new Map(ATTRIBUTES.map((each) => [each.path, each]));
