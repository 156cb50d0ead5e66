import type { ToolCall } from "@parapet/model";
import { distinct } from "./match-fields.ts";

const CALLS_MAX = 100;

/** What rules ask of tool calls, in the words of docs/rules.md. */
export const callFields = (calls: readonly ToolCall[]) => ({
  tools: distinct(calls.map(({ name }) => name)),
  // One word per call and effect, since rules cannot ask for two fields of the same list element.
  called: distinct(
    calls.flatMap(({ facts, decision }) =>
      (facts?.effects ?? []).map((effect) => `${decision?.action ?? "none"}/${effect}/${facts?.flow.target ?? "none"}`),
    ),
  ),
  calls: calls.slice(0, CALLS_MAX).map(({ name, facts, decision }) => ({
    name,
    decision: decision?.action ?? "",
    would: decision?.would ?? "",
    policy: decision?.policy ?? "",
    ...(facts !== undefined && {
      server: facts.server,
      effects: facts.effects,
      basis: facts.basis,
      pin: facts.pin,
      violations: facts.scope.violations,
      untrusted: facts.flow.untrusted,
      classes: facts.flow.classes,
      asked: facts.flow.asked,
      target: facts.flow.target,
      content: facts.flow.content,
      exceeded: facts.limits.exceeded,
      origins: distinct(facts.origins.map(({ role, origin }) => `${role ?? "other"}/${origin}`)),
    }),
  })),
});
