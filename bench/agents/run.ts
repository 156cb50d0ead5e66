/**
 * Agents under attack: replays the cases with a model that obeys every text, and counts the harmful calls that were
 * stopped and the tasks that went through. Baseline: what the cases say.
 * `npm run bench:agents [--fast] [--sample N] [--misses] [--facts] [--part open|frozen|fresh] [--domain NAME] [report.json]`
 * `--fast`: the engine and the policies in this process, without a gateway and detectors. `--sample N`: one case in N.
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
    sample: { type: "string", default: "1" },
    domain: { type: "string" },
    part: { type: "string" },
  },
});
const parts = PARTS.filter((part) => values.part === undefined || part === values.part);
const every = Math.max(1, Number.parseInt(values.sample, 10) || 1);
const suites = readCases(parts)
  .filter(({ domain }) => values.domain === undefined || domain === values.domain)
  .map((suite) => ({ ...suite, cases: suite.cases.filter((_, at) => at % every === 0) }));
const policies = shippedPolicies();

/** Plays at the same time: they wait for the disk, not for the processor. */
const AT_ONCE = 8;

/** One gateway for each domain, since what is declared is the domain's; one for all where nothing is. */
const throughGateway = async (plays: readonly Play[], declared: boolean): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const own of Map.groupBy(plays, ({ suite }) => (declared ? suite.domain : "")).values()) {
    const [first] = own;
    if (first === undefined) continue;
    const beganMs = performance.now();
    const stage = await openStage(own, declared);
    const openMs = performance.now();
    try {
      const rest = [...own];
      const work = async (): Promise<void> => {
        for (let play = rest.shift(); play !== undefined; play = rest.shift())
          outcomes.push({ play, judgements: await stage.play(play) });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
      const [started, played] = [seconds(openMs - beganMs), seconds(performance.now() - openMs)];
      console.error(
        `${declared ? first.suite.domain : "all"}: ${own.length} plays in ${played} s, started in ${started} s`,
      );
    } finally {
      await stage.close();
    }
  }
  return outcomes;
};

const report: Record<string, unknown> = { mode: values.fast ? "in process" : "gateway", oneCaseIn: every };
if (every > 1) console.log(`A sample: one case in ${every} of each file.`);
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
