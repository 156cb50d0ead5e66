import { actionRank, Action, Category, Direction, Provenance, Severity, type Event, type Match } from "@parapet/model";
import { z } from "zod";
import type { PolicyQuestion, PolicySet } from "#policy";

/** What an `exchange.closed` event keeps of its matches and verdict (docs/rules.md). */
const ClosedBody = z.object({
  verdict: Action,
  would: Action,
  policies: z.array(z.string()).default([]),
  protocol: z.string().default("openai"),
  key: z.string().default(""),
  tools: z.array(z.string()).default([]),
  unscannable: z.coerce.number().int().nonnegative().default(0),
  streamed: z.coerce.boolean().default(false),
  matches: z
    .array(
      z.object({
        detector: z.string(),
        category: Category,
        type: z.string(),
        confidence: z.coerce.number(),
        severity: Severity,
        provenance: Provenance,
        direction: Direction,
      }),
    )
    .default([]),
});

export interface Redecision {
  /** What an enforcing route did or would have done then, and what it would do with these policies. */
  readonly before: Action;
  readonly after: Action;
  readonly policiesBefore: readonly string[];
  readonly policiesAfter: readonly string[];
}

const toMatch = (match: z.infer<typeof ClosedBody>["matches"][number], segment: number): Match => ({
  ...match,
  segment,
  start: 0,
  end: 1,
  reason: "",
  view: "original",
});

const principalOf = (name: string): PolicyQuestion["principal"] => {
  const [kind = "", ...rest] = name.split(":");
  const id = rest.join(":");
  if (kind === "user") return { kind: "User", id };
  if (kind === "agent") return { kind: "Agent", id };
  if (kind === "service") return { kind: "Service", id };
  if (kind === "key") return { kind: "Key", id };
  return { kind: "Anonymous", id: "anonymous" };
};

/**
 * Decides a past exchange again. Undefined when the event does not hold what is needed. What routes refuse by
 * themselves (`builtin.…`) is no policy's and stays as it was; sessions count as known and without risk.
 */
export const redecide = (event: Event, policies: PolicySet): Redecision | undefined => {
  const parsed = ClosedBody.safeParse(event.body);
  if (!parsed.success) return undefined;
  const { would, policies: before, tools, ...body } = parsed.data;
  const matchesOf = (wanted: Direction) =>
    body.matches.flatMap((match, index) =>
      match.direction === wanted ? [{ match: toMatch(match, index), provenance: match.provenance }] : [],
    );
  const ask = (action: PolicyQuestion["action"], matches: PolicyQuestion["matches"], tool?: string) =>
    policies.decide({
      tenant: event.tenant,
      principal: principalOf(event.principal ?? ""),
      agent: event.agent ?? "",
      key: body.key,
      action,
      route: event.route ?? "",
      protocol: body.protocol,
      model: event.model ?? "",
      mode: "enforce",
      matches,
      unscannable: action === "request" ? body.unscannable : 0,
      ...(tool !== undefined && { toolCall: { name: tool } }),
      session: { id: event.session ?? "", risk: 0, known: true },
      streamed: body.streamed,
    }).verdict;
  const answered = matchesOf("response");
  const verdicts = [
    ask("request", matchesOf("request")),
    ask("response", answered),
    // Which call a match stood in is not kept: each is asked with all of the arguments' matches.
    ...tools.map((tool) =>
      ask(
        "tool_call",
        answered.filter(({ provenance }) => provenance === "tool-arguments"),
        tool,
      ),
    ),
  ];
  const strongest = verdicts.reduce((a, b) => (actionRank(b.action) > actionRank(a.action) ? b : a));
  const builtin = before.filter((id) => id.startsWith("builtin."));
  const after: Action =
    builtin.length > 0 && actionRank(would) > actionRank(strongest.action) ? would : strongest.action;
  return {
    before: would,
    after,
    policiesBefore: before,
    policiesAfter: [...new Set([...verdicts.flatMap((verdict) => verdict.policies.map(({ id }) => id)), ...builtin])],
  };
};
