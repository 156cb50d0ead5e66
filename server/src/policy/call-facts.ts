import type { CallFacts } from "@parapet/model";
import type { Attribute, FactValue } from "./facts.ts";
import type { CallArguments } from "./policy.ts";

/** Of the facts of a tool call; `otherwise` where there are none. */
const callAttribute = (
  path: string,
  type: Attribute["type"],
  description: string,
  otherwise: FactValue,
  read: (facts: CallFacts) => FactValue,
): Attribute => ({
  path,
  type,
  description,
  quiet: true,
  read: ({ question: { toolCall } }) => (toolCall?.facts === undefined ? otherwise : read(toolCall.facts)),
});

/** Of facts that were recorded before there was such a judgement. */
const UNDECIDED = 50;
const NONE: ReadonlySet<string> = new Set();

/** Of the values of its arguments. */
const argumentAttribute = (
  name: string,
  type: Attribute["type"],
  description: string,
  otherwise: FactValue,
  read: (values: CallArguments) => FactValue,
): Attribute => ({
  path: `context.arguments.${name}`,
  type,
  description,
  quiet: true,
  read: ({ question: { toolCall } }) => (toolCall?.arguments === undefined ? otherwise : read(toolCall.arguments)),
});

/** What is known of a tool call besides its name. */
export const CALL_ATTRIBUTES: readonly Attribute[] = [
  callAttribute(
    "context.tool.server",
    "String",
    "MCP server that offers the tool, A2A route whose agent is told, or empty",
    "",
    (facts) => facts.server,
  ),
  callAttribute(
    "context.tool.effects",
    "Set<String>",
    "What the tool does: `read`, `write`, `communicate`, `spend`, `destroy`, `rights`",
    NONE,
    (facts) => new Set(facts.effects),
  ),
  callAttribute(
    "context.tool.basis",
    "String",
    "How its effects are known: `declared`, `annotated` or `inferred`; empty without facts",
    "",
    (facts) => facts.basis,
  ),
  callAttribute(
    "context.tool.pin",
    "String",
    "Its definition against the pinned one: `none`, `new`, `pinned`, `changed` or `shadowing`; empty without facts",
    "",
    (facts) => facts.pin,
  ),
  callAttribute(
    "context.scope.declared",
    "Bool",
    "Whether it is declared what the agent may do",
    false,
    (facts) => facts.scope.declared,
  ),
  callAttribute(
    "context.scope.violations",
    "Set<String>",
    "What of the call is outside that: `tool`, `argument`, `host`, `data`, `budget`",
    NONE,
    (facts) => new Set(facts.scope.violations),
  ),
  callAttribute(
    "context.flow.known",
    "Bool",
    "Whether all that the session holds was seen",
    false,
    (facts) => facts.flow.known,
  ),
  callAttribute("context.flow.user", "Bool", "Whether words of the user are known", false, (facts) => facts.flow.user),
  callAttribute(
    "context.flow.untrusted",
    "Bool",
    "Whether content that outsiders may have written is in the session",
    false,
    (facts) => facts.flow.untrusted,
  ),
  callAttribute(
    "context.flow.classes",
    "Set<String>",
    "Classes of data in the session: `personal`, `secret`, `internal`, `financial`, `health`",
    NONE,
    (facts) => new Set(facts.flow.classes),
  ),
  callAttribute(
    "context.flow.asked",
    "Bool",
    "Whether the user's own words ask for such an effect",
    false,
    (facts) => facts.flow.asked,
  ),
  callAttribute(
    "context.flow.target",
    "String",
    "Worst origin of what names a recipient, account, address, host or path: `none`, `user`, `trusted`, `delegated`, `model`, `untrusted`; empty without facts",
    "",
    (facts) => facts.flow.target,
  ),
  callAttribute(
    "context.flow.content",
    "String",
    "Worst origin of the other arguments, in the same words",
    "",
    (facts) => facts.flow.content,
  ),
  callAttribute(
    "context.flow.doubt",
    "Long",
    "How likely it is, in per cent, that content and not the user is why the call is made: a learnt judgement; 50: undecided",
    0,
    (facts) => facts.flow.doubt ?? UNDECIDED,
  ),
  callAttribute(
    "context.limits.exceeded",
    "Set<String>",
    "Ids of the limits that the call would exceed",
    NONE,
    (facts) => new Set(facts.limits.exceeded),
  ),
  callAttribute("context.steps.count", "Long", "Calls of the session before this one", 0, (facts) => facts.steps.count),
  callAttribute(
    "context.steps.repeats",
    "Long",
    "Same calls with the same arguments before this one",
    0,
    (facts) => facts.steps.repeats,
  ),
  callAttribute(
    "context.steps.unexpected",
    "Bool",
    "Whether the agent is not known to take this step here",
    false,
    (facts) => facts.steps.unexpected,
  ),
  callAttribute(
    "context.steps.forbidden",
    "Bool",
    "Whether the declared graph of steps forbids it",
    false,
    (facts) => facts.steps.forbidden,
  ),
  callAttribute(
    "context.steps.paused",
    "Bool",
    "Whether so many calls of the agent were stopped that none passes for a time",
    false,
    (facts) => facts.steps.paused,
  ),
  argumentAttribute(
    "amount",
    "Long",
    "Sum of the amounts among the arguments in hundredths, rounded up; 0: none; -1: unreadable or negative",
    0,
    ({ amount }) => amount,
  ),
  argumentAttribute(
    "count",
    "Long",
    "Sum of the arguments that say how many; 0: none; -1: unreadable or negative",
    0,
    ({ count }) => count,
  ),
  argumentAttribute(
    "recipients",
    "Set<String>",
    "Recipients among the arguments, in small letters",
    NONE,
    ({ recipients }) => new Set(recipients),
  ),
  argumentAttribute(
    "hosts",
    "Set<String>",
    "Hosts of addresses, URLs and recipients among the arguments, in small letters",
    NONE,
    ({ hosts }) => new Set(hosts),
  ),
];
