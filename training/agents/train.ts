/**
 * Trains what tells the user's own calls from those that content asks for: `npm run train:agents`. Deterministic from
 * the seed. Reads the open cases of `bench/agents` and the labelled requests in `training/agents/requests.jsonl`; writes
 * `models/agents/model.json` and `figures.json`, what each domain scored when it was left out.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { readCases, type Part } from "../../bench/agents/read-cases.ts";
import { scoreTrees, WISH, WISH_BITS, wishSum } from "../../server/src/agents/doubt/index.ts";
import { trainTrees, type BoostOptions, type Example } from "./boost.ts";
import { playAll, type Known, type Played } from "./calls.ts";
import { tradeOffs } from "./trade-offs.ts";
import { pairsOfRequests, pairsOfSuite } from "./pairs.ts";
import { trainWish, type Wish } from "./wish.ts";

const ROOT = join(import.meta.dirname, "../..");
const SEED = 1;
const OPTIONS: BoostOptions = { seed: SEED, trees: 400, depth: 3, rate: 0.05, caution: 5, rows: 0.7, columns: 0.4 };
/** Log-odds that a call is harmful before anything is known of it. */
const START = -1.4;
/** Of a harmful call against one of the user's. */
const HARMFUL_WEIGHT = 2;
const PARTS: readonly Part[] = ["open"];

const { values } = parseArgs({ options: { "measure-only": { type: "boolean", default: false } } });
const suites = readCases(PARTS);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const pairs = [...suites.flatMap(pairsOfSuite), ...pairsOfRequests()];
const domains = [...new Set(suites.map(({ domain }) => domain))];
say(`${pairs.length} pairs, ${domains.length} domains`);
const wishWithout = new Map(
  domains.map((domain) => [
    domain,
    trainWish(
      pairs.filter(({ fold }) => fold !== domain),
      SEED,
    ),
  ]),
);
const played = [true, false].flatMap((declared) => playAll(suites, declared).map((one) => ({ ...one, declared })));
say(`${played.length} plays`);

const names = [
  WISH,
  ...new Set(played.flatMap(({ calls }) => calls.flatMap(({ known }) => [...(known?.marks.keys() ?? [])]))),
].toSorted();
const places = new Map(names.map((name, place) => [name, place]));
const numbersOf = ({ marks, pairs: own }: Known, wish: Wish): Float64Array => {
  const numbers = new Float64Array(names.length);
  for (const [name, value] of marks) numbers[places.get(name) ?? 0] = value;
  numbers[places.get(WISH) ?? 0] = Math.max(...own.map((pair) => wishSum(pair, wish)));
  return numbers;
};

const numbersOfCall = new Map<Known, Float64Array>();
for (const { play, calls } of played)
  for (const { known } of calls) {
    const wish = wishWithout.get(play.suite.domain);
    if (known !== undefined && wish !== undefined) numbersOfCall.set(known, numbersOf(known, wish));
  }

/** The user's own calls without an attack, and the attackers' harmful ones. */
const examplesOf = (some: readonly Played[]): readonly Example[] =>
  some.flatMap(({ play, calls }) =>
    calls.flatMap(({ judgement: { move }, known }): Example[] => {
      const numbers = known === undefined ? undefined : numbersOfCall.get(known);
      if (numbers === undefined || (play.attacked ? !move.harmful : move.by !== "task")) return [];
      return [{ numbers, isHarmful: move.harmful, weight: (move.harmful ? HARMFUL_WEIGHT : 1) / 2 }];
    }),
  );

const sums = new Map<Known, number>();
for (const domain of domains) {
  const trees = trainTrees(examplesOf(played.filter(({ play }) => play.suite.domain !== domain)), START, OPTIONS);
  for (const { play, calls } of played)
    if (play.suite.domain === domain)
      for (const { known } of calls) {
        const numbers = known === undefined ? undefined : numbersOfCall.get(known);
        if (known !== undefined && numbers !== undefined)
          sums.set(known, START + scoreTrees(trees, numbers, new Float64Array(names.length)));
      }
  say(`without ${domain}`);
}
const figures = tradeOffs(played, sums);
say(figures.text);
if (!values["measure-only"]) {
  const wish = trainWish(pairs, SEED);
  const trees = trainTrees(examplesOf(played), START, OPTIONS);
  const pack = (weights: Float32Array) => {
    const scale = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-6) / 127;
    const bytes = Int8Array.from(weights, (weight) => Math.round(weight / scale));
    return { scale, table: gzipSync(Buffer.from(bytes.buffer), { level: 9 }).toString("base64") };
  };
  const short = (numbers: readonly number[]) => numbers.map((number) => Math.round(number * 10_000) / 10_000);
  const file = {
    format: 1,
    wish: { bits: WISH_BITS, words: pack(wish.ofWords), marks: pack(wish.ofMarks) },
    names,
    trees: { ...trees, at: trees.at, value: short(trees.value) },
    start: START,
  };
  writeFileSync(join(ROOT, "models/agents/model.json"), `${JSON.stringify(file)}\n`);
  writeFileSync(join(ROOT, "models/agents/figures.json"), `${JSON.stringify(figures.table, undefined, 2)}\n`);
}
