import * as fc from "fast-check";
import type { Match, Provenance, RecordedMatch } from "@parapet/model";
import { expect, test } from "vitest";
import { loadPolicies, type PolicyQuestion } from "#policy";
import { createStreamFindings } from "./stream-findings.ts";

/** One policy for each thing that policies may read of matches: numbers, certainty, places, types. */
const TEXT = `
@id("many-secrets") @action("block") @severity("high") @message("m") @description("d")
forbid (principal, action == Action::"response", resource) when { context.count.secret >= 4 };
@id("sure-of-markup") @action("block") @severity("critical") @message("m") @description("d")
forbid (principal, action == Action::"response", resource) when { context.confidence.unsafe_markup >= 900 };
@id("secret-in-arguments") @action("hold") @severity("high") @message("m") @description("d")
forbid (principal, action == Action::"response", resource) when { context.from.tool_arguments.secret >= 700 };
@id("a-type") @action("throttle") @severity("low") @message("m") @description("d")
forbid (principal, action == Action::"response", resource) when { context.types.contains("B") && context.from.model.types.contains("C") };
@id("cut-secrets") @action("redact") @redact("secret") @redact_from("600") @severity("high") @message("m") @description("d")
forbid (principal, action == Action::"response", resource) when { context.confidence.secret >= 600 };
`;

const loaded = loadPolicies([{ path: "test.cedar", text: TEXT }]);
const decide = (matches: readonly RecordedMatch[], unlisted: PolicyQuestion["unlisted"] = {}) => {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.set.decide({
    tenant: "default",
    principal: { kind: "Anonymous", id: "anonymous" },
    agent: "",
    key: "",
    action: "response",
    route: "r",
    protocol: "openai",
    model: "m",
    mode: "enforce",
    matches: matches.map((match) => ({ match, provenance: match.provenance })),
    unlisted,
    unscannable: 0,
    session: { id: "", risk: 0, known: true },
    streamed: true,
  });
};

const found = fc.record({
  category: fc.constantFrom("secret", "unsafe_markup", "personal_data"),
  type: fc.constantFrom("A", "B", "C"),
  provenance: fc.constantFrom<Provenance>("model", "tool-arguments"),
  confidence: fc.constantFrom(0.3, 0.5, 0.6, 0.65, 0.7, 0.85, 0.9, 1),
});
/** A few finds, and how much of what was found is let go then. */
const steps = fc.array(
  fc.record({ finds: fc.array(found, { maxLength: 4 }), letGo: fc.integer({ min: 0, max: 100 }) }),
  { maxLength: 25 },
);

const matchOf = (one: { readonly [key in "category" | "type" | "confidence"]: Match[key] }, at: number): Match => ({
  ...one,
  detector: "d",
  segment: 0,
  start: at,
  end: at + 1,
  severity: "high",
  reason: "r",
  view: "original",
});

test("a stream is judged by what is new as it would be by all that was found, and lists no more than a few for what is gone", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const findings = createStreamFindings();
      const matches: RecordedMatch[] = [];
      let sent = 0;
      for (const { finds, letGo } of all) {
        const fresh = finds.map((one, index): RecordedMatch => ({
          ...matchOf(one, matches.length + index),
          provenance: one.provenance,
          direction: "response",
        }));
        matches.push(...fresh);
        findings.collect({ fresh: () => fresh, gaps: () => ({ failed: 0, unscannable: 0 }) });
        const listed = findings.listed(({ end }) => end <= sent);
        const soon = decide(listed, findings.unlisted());
        const whole = decide(matches);
        expect(soon.verdict).toEqual(whole.verdict);
        // What can still be cut is cut all the same.
        const cut = (of: readonly RecordedMatch[], redact: readonly number[]) =>
          redact.flatMap((index) => of[index] ?? []).filter(({ end }) => end > sent);
        expect(new Set(cut(listed, soon.redact))).toEqual(new Set(cut(matches, whole.redact)));
        // One for each category, type and provenance, and what is still held.
        expect(listed.length).toBeLessThanOrEqual(3 * 3 * 2 + matches.filter(({ end }) => end > sent).length);
        sent = Math.max(sent, Math.floor((matches.length * letGo) / 100));
      }
    }),
  );
});
