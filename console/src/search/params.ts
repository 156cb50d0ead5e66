import { Action, Category, CoverageState, Dimension, ExchangeState, FindingStatus, Severity } from "@parapet/model";
import { Since } from "@parapet/model/api";
import { z } from "zod";

/**
 * What may stand in the URL. A value that is not understood is dropped, never an error page:
 * links are pasted, cut and edited by hand.
 */
const word = z.string().min(1).max(200).optional().catch(undefined);

export const ShellSearch = z.object({ since: Since.optional().catch(undefined) });
export type ShellSearch = z.infer<typeof ShellSearch>;

const ONLY = ["stopped", "unscannable", "failed", "would"] as const;

export const ExchangesSearch = z.object({
  route: word,
  session: word,
  principal: word,
  model: word,
  policy: word,
  verdict: Action.optional().catch(undefined),
  category: Category.optional().catch(undefined),
  state: ExchangeState.optional().catch(undefined),
  only: z.enum(ONLY).optional().catch(undefined),
  q: word,
  selected: word,
});
export type ExchangesSearch = z.infer<typeof ExchangesSearch>;

/** One exchange: the conversation, or as its protocol spells it. */
export const ExchangeSearch = z.object({ view: z.enum(["protocol"]).optional().catch(undefined) });

export const SessionSearch = z.object({ name: word });
export type SessionSearch = z.infer<typeof SessionSearch>;

export const FindingsSearch = z.object({
  status: z
    .union([FindingStatus, z.enum(["open", "all"])])
    .optional()
    .catch(undefined),
  severity: Severity.optional().catch(undefined),
  rule: word,
  view: z.enum(["exceptions", "rules"]).optional().catch(undefined),
  selected: word,
});
export type FindingsSearch = z.infer<typeof FindingsSearch>;

export const CoverageSearch = z.object({
  framework: word,
  seen: CoverageState.optional().catch(undefined),
  item: word,
});
export type CoverageSearch = z.infer<typeof CoverageSearch>;

export const TimelineSearch = z.object({ name: word, selected: word });
export type TimelineSearch = z.infer<typeof TimelineSearch>;

export const PoliciesSearch = z.object({
  policy: word,
  view: z.enum(["policies", "modes", "try"]).optional().catch(undefined),
});
export type PoliciesSearch = z.infer<typeof PoliciesSearch>;

const RULE_STATES = ["active", "serving", "unbound", "off"] as const;
export const RulesSearch = z.object({
  rule: word,
  standing: z.enum(RULE_STATES).optional().catch(undefined),
  find: word,
});
export type RulesSearch = z.infer<typeof RulesSearch>;

export const HuntSearch = z.object({
  where: z.string().min(1).max(4_000).optional().catch(undefined),
  rule: word,
  by: word,
});
export type HuntSearch = z.infer<typeof HuntSearch>;

export const SELF_TEST_OUTCOMES = ["missed", "flagged", "unseen"] as const;
export const SelfTestSearch = z.object({
  /** Left out, the newest. */
  run: word,
  lane: word,
  detector: word,
  outcome: z.enum(SELF_TEST_OUTCOMES).optional().catch(undefined),
});
export type SelfTestSearch = z.infer<typeof SelfTestSearch>;

export const BehaviourSearch = z.object({
  dimension: Dimension.optional().catch(undefined),
  id: z.string().min(1).max(256).optional().catch(undefined),
});

/** One agent by its name; left out, all of them. */
export const AgentsSearch = z.object({ agent: z.string().min(1).max(256).optional().catch(undefined) });

export const OverviewSearch = z.object({ view: z.enum(["demo"]).optional().catch(undefined) });

export const SINCE_DEFAULT = "24h";

/** Plain `name=value`, so that links read well in a ticket; every value is text. */
export const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));

export const stringifySearch = (search: Readonly<Record<string, unknown>>): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && value !== "") parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
};
