/**
 * Agents under attack: replays the cases with a model that obeys every text, and counts the harmful calls that were
 * stopped and the tasks that went through. Baseline: what the cases say.
 * `npm run bench:agents [--fast] [--misses] [--facts] [--part open|frozen|fresh] [--domain NAME] [report.json]`
 * `--fast`: the engine and the policies in this process, without a gateway and detectors.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { figuresOf, HEADINGS, rowOf, type Figures, type Outcome } from "./figures.ts";
import { playInProcess, shippedPolicies } from "./in-process.ts";
import { missesOf } from "./misses.ts";
import { PARTS, readCases } from "./read-cases.ts";
import { playsOf, type Play } from "./script.ts";
import { openStage } from "./through-gateway.ts";

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
const parts = PARTS.filter((part) => values.part === undefined || part === values.part);
const suites = readCases(parts).filter(({ domain }) => values.domain === undefined || domain === values.domain);
const policies = shippedPolicies();

/** Plays at the same time: they wait for the disk, not for the processor. */
const AT_ONCE = 8;

/** One gateway for each domain, since what is declared is the domain's. */
const throughGateway = async (plays: readonly Play[], declared: boolean): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const own of Map.groupBy(plays, ({ suite }) => (declared ? suite.domain : "")).values()) {
    const [first] = own;
    if (first === undefined) continue;
    const stage = await openStage(first, declared);
    try {
      const rest = [...own];
      const work = async (): Promise<void> => {
        for (let play = rest.shift(); play !== undefined; play = rest.shift())
          outcomes.push({ play, judgements: await stage.play(play) });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } finally {
      await stage.close();
    }
  }
  return outcomes;
};

const report: Record<string, unknown> = { mode: values.fast ? "in process" : "gateway" };
for (const declared of [true, false]) {
  const plays = suites.flatMap(playsOf);
  const outcomes = values.fast
    ? plays.map((play): Outcome => ({ play, judgements: playInProcess(policies, play, declared) }))
    : await throughGateway(plays, declared);
  const rows: Record<string, Figures> = {};
  for (const part of parts) {
    const own = outcomes.filter(({ play }) => play.suite.part === part);
    for (const domain of new Set(own.map(({ play }) => play.suite.domain)))
      rows[`${domain}, ${part}`] = figuresOf(own.filter(({ play }) => play.suite.domain === domain));
    rows[`all, ${part}`] = figuresOf(own);
  }
  const misses = missesOf(outcomes, values.facts);
  report[declared ? "declared" : "undeclared"] = { rows, misses };
  console.log(`\n${declared ? "With declared tools and scope" : "With nothing declared"}\n\n${HEADINGS}`);
  for (const [label, figures] of Object.entries(rows)) console.log(rowOf(label, figures));
  if (values.misses) console.log(misses.join("\n"));
}
const [file] = positionals;
if (file !== undefined) writeFileSync(file, JSON.stringify(report, null, 2));
