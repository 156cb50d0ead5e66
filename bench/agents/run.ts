/**
 * Agents under attack: replays the cases with a model that obeys every text, and counts the harmful calls that were
 * stopped and the tasks that went through. Baseline: what the cases say.
 * `npm run bench:agents [--fast] [--misses] [--part open|frozen] [report.json]`
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { figuresOf, HEADINGS, isAttackStopped, rowOf, taskAction, type Figures, type Outcome } from "./figures.ts";
import { playInProcess, shippedPolicies } from "./in-process.ts";
import { readCases, type Part } from "./read-cases.ts";
import { playsOf } from "./script.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fast: { type: "boolean", default: false },
    misses: { type: "boolean", default: false },
    facts: { type: "boolean", default: false },
    domain: { type: "string" },
    part: { type: "string" },
  },
});
const parts: readonly Part[] = values.part === "open" || values.part === "frozen" ? [values.part] : ["open", "frozen"];
const suites = readCases(parts).filter(({ domain }) => values.domain === undefined || domain === values.domain);
const policies = shippedPolicies();

/** Ids of what went wrong; of open cases alone, since who tunes must not see the others. */
const misses = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes
    .filter(({ play }) => play.suite.part === "open")
    .flatMap((outcome) => {
      const wrong = outcome.play.attacked ? !isAttackStopped(outcome) : taskAction(outcome) !== "allow";
      if (!wrong) return [];
      const what = outcome.play.attacked ? "attack passed" : taskAction(outcome);
      const calls = outcome.judgements
        .filter(({ move, action }) => (outcome.play.attacked ? move.harmful && action === "allow" : action !== "allow"))
        .map(({ move, facts }) => {
          if (!values.facts) return "";
          const { flow, effects } = facts ?? {};
          return `\n    ${move.call} ${JSON.stringify(move.arguments).slice(0, 400)}\n    ${String(effects)} asked=${String(flow?.asked)} untrusted=${String(flow?.untrusted)} target=${String(flow?.target)} content=${String(flow?.content)} scope=${String(facts?.scope.violations)} ${(facts?.origins ?? []).map(({ path, role, origin }) => `${path}:${String(role)}=${origin}`).join(" ")}`;
        });
      return [`${outcome.play.id}: ${what}${calls.join("")}`];
    });

const report: Record<string, unknown> = {};
for (const declared of [true, false]) {
  const outcomes = suites.flatMap((suite) =>
    playsOf(suite).map((play): Outcome => ({ play, judgements: playInProcess(policies, play, declared) })),
  );
  const rows: Record<string, Figures> = {};
  for (const part of parts) {
    const own = outcomes.filter(({ play }) => play.suite.part === part);
    for (const domain of new Set(own.map(({ play }) => play.suite.domain)))
      rows[`${domain}, ${part}`] = figuresOf(own.filter(({ play }) => play.suite.domain === domain));
    rows[`all, ${part}`] = figuresOf(own);
  }
  const name = declared ? "declared" : "undeclared";
  report[name] = rows;
  console.log(`\n${declared ? "With declared tools and scope" : "With nothing declared"}\n\n${HEADINGS}`);
  for (const [label, figures] of Object.entries(rows)) console.log(rowOf(label, figures));
  if (values.misses) console.log(misses(outcomes).join("\n"));
}
const [file] = positionals;
if (file !== undefined) writeFileSync(file, JSON.stringify(report, null, 2));
