/**
 * Trains the injection classifier: `npm run train -- --pool FILE`. Deterministic from the seed. Reads our own corpus
 * and, when given, labelled data that stays outside the repository; writes `models/injection/model.json`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { parse } from "yaml";
import { z } from "zod";
import { chanceOf } from "../server/src/detectors/by-confidence.ts";
import {
  createNetworkReader,
  type Network,
  type NetworkUse,
  perTable,
  withNetwork,
} from "../server/src/detectors/injection-classifier/network.ts";
import { createWordClasses } from "../server/src/detectors/injection-classifier/word-classes.ts";
import { encode, type Encoded } from "./encode.ts";
import { areaUnderCurve, recallAtFpr } from "../server/src/cli/evaluation/figures.ts";
import { leastSquares, thresholdAt } from "./figures.ts";
import { runFolds } from "./folds.ts";
import { trainKinds } from "./kinds.ts";
import { bestWindow, GROUP, type Linear, type LinearOptions, SIZE, trainLinear } from "./linear.ts";
import { trainNetwork } from "./network.ts";
import { readPivots } from "./pivots.ts";
import { fitLine } from "./platt.ts";
import { recombine } from "./recombine.ts";
import { partNames, readPart, readPool } from "./rows.ts";

const ROOT = join(import.meta.dirname, "..");
const SEED = 1;
/** The part whose author's work is never trained on. */
export const HELD_OUT = "held-out";
const WINDOW = { user: 64, document: 32, tool_output: 32, tool_description: 32 } as const;
const FEATURE_BITS = 20;
const DAMPING = { strength: 3.2, words: 1 };
/** Rows of a source and label above which each counts less. */
const ROWS_FULL_WEIGHT = 300;
const RECOMBINED_WEIGHT = 0.3;
/** Attacks are a third of the corpus and far rarer in use: confidence starts from lower odds, by this much. */
const PRIOR_SHIFT = -0.8;
const INSERTED = 100;
const JOINED = 50;
const FOLDS = 5;
/** Harmless twins of attacks are far more frequent in the corpus than in use. */
const TWIN_WEIGHT = 0.6;
const NETWORK = { epochs: 8, rate: 0.02, dropout: 0.15, strange: 0.3, dimension: 24, filters: 48, hidden: 24 };
/** What of the network's answer is added to the sum of the weights. */
const NETWORK_WEIGHT = 0.3;
/** Share of harmless texts of unseen authors about which the network is asked; hard ones, so of others far fewer. */
const NETWORK_ASKED = 0.25;

const Lexicon = z.object({ classes: z.record(z.string(), z.array(z.coerce.string())) });

const { values } = parseArgs({
  options: { pool: { type: "string" }, version: { type: "string", default: "1" }, folds: { type: "boolean" } },
});
const round = (value: number): number => Math.round(value * 10_000) / 10_000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const classes = new Map<string, string[]>();
const lexiconFolder = join(ROOT, "training/lexicon");
for (const file of readdirSync(lexiconFolder).toSorted())
  for (const [name, words] of Object.entries(
    Lexicon.parse(parse(readFileSync(join(lexiconFolder, file), "utf8"))).classes,
  ))
    classes.set(name, [...(classes.get(name) ?? []), ...words]);
const classNames = [...classes.keys()].toSorted();
const words = classNames.map((name) => [...new Set(classes.get(name))]);
const pivots = readPivots(join(ROOT, "training/pivots"));
const lexicon = createWordClasses(words, pivots);

const corpus = join(ROOT, "training/corpus");
const parts = partNames(corpus)
  .filter((name) => name !== HELD_OUT)
  .map((name) => {
    const part = readPart(corpus, name);
    return {
      name,
      rows: part.rows.map((row) => encode(row, lexicon)),
      made: recombine(part, { seed: SEED, inserted: INSERTED, joined: JOINED }).map((row) => encode(row, lexicon)),
    };
  });
const pool = values.pool === undefined ? [] : readPool(values.pool).map((row) => encode(row, lexicon));
const heldOut = readPart(corpus, HELD_OUT).rows.map((row) => encode(row, lexicon));

const made = new Set<Encoded>(parts.flatMap((part) => part.made));
const counts = new Map<string, number>();
for (const { row } of pool) {
  const key = `${row.source} ${row.label}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
const weightOf = (encoded: Encoded): number => {
  const { row } = encoded;
  // What only the context shows teaches words that mean nothing by themselves.
  if (row.label === 1 && row.strength === "context") return 0;
  if (made.has(encoded)) return RECOMBINED_WEIGHT;
  const count = counts.get(`${row.source} ${row.label}`);
  if (count !== undefined) return Math.min(1, Math.sqrt(ROWS_FULL_WEIGHT / count));
  return row.isTwin ? TWIN_WEIGHT : 1;
};
const options: LinearOptions = {
  seed: SEED,
  epochs: 20,
  rate: 0.02,
  decay: 0.05,
  window: WINDOW,
  weightOf,
  hardest: 0.8,
  damping: DAMPING,
  dropout: 0.2,
};
interface Fitted {
  readonly linear: Linear;
  readonly network: Network;
  /** Sums of the strongest window: by the weights alone, and what the network says of it. */
  readonly sums: (encoded: Encoded) => { readonly line: number; readonly network: number };
}

const fit = (rows: readonly Encoded[]): Fitted => {
  const linear = trainLinear(rows, options);
  const isLong = ({ tokens, row }: Encoded): boolean => tokens > WINDOW[row.channel];
  const hardest = new Map(rows.filter(isLong).map((encoded) => [encoded, bestWindow(linear, encoded)]));
  const network = trainNetwork(rows, {
    ...NETWORK,
    seed: SEED,
    windowOf: ({ row }) => WINDOW[row.channel],
    weightOf,
    hardest: (encoded) => hardest.get(encoded) ?? bestWindow(linear, encoded),
  });
  const reader = createNetworkReader(network, Math.max(...Object.values(WINDOW)));
  return {
    linear,
    network,
    sums: (encoded) => {
      const { sum, start, end } = bestWindow(linear, encoded);
      return { line: sum, network: reader.score(encoded.words, start, end, GROUP[encoded.row.channel]) };
    },
  };
};
const trainable = (of: (typeof parts)[number]): Encoded[] => [...of.rows, ...of.made];

if (values.folds === true)
  for (const { family, auc, recall } of runFolds(pool, parts.flatMap(trainable), (train) => {
    const { sums } = fit(train);
    return (encoded) => {
      const { line, network } = sums(encoded);
      return line + NETWORK_WEIGHT * network;
    };
  }))
    say(`without ${family}: AUC ${auc.toFixed(3)}, recall ${recall.toFixed(3)} at 1 %`);

// Scores of texts whose author the model has not read, for calibration: each author in one of the folds.
interface Scored {
  readonly encoded: Encoded;
  readonly line: number;
  readonly network: number;
}
const figures: Record<string, { attacks: number; benign: number; auc: number; recall: number }> = {};
const groupIndex = ({ encoded }: Scored): number => GROUP[encoded.row.channel];
const isAttack = ({ encoded }: Scored): boolean => encoded.row.label === 1;
const scored = ({ sums }: Fitted, encoded: readonly Encoded[]): Scored[] =>
  encoded.filter(({ row }) => row.strength === "clear").map((one) => ({ encoded: one, ...sums(one) }));
const unseen: Scored[] = [];
for (let fold = 0; fold < FOLDS; fold += 1) {
  const isLeft = (_: unknown, index: number): boolean => index % FOLDS === fold;
  const model = fit([...pool, ...parts.filter((_, index) => !isLeft(_, index)).flatMap(trainable)]);
  for (const part of parts.filter(isLeft)) unseen.push(...scored(model, part.rows));
  say(`fold ${fold + 1} of ${FOLDS}`);
}
/** By group: the sum from which the network is asked, and what it mostly answers at a sum. */
const networkUse = [0, 1, 2].map((group): NetworkUse => {
  const own = unseen.filter((one) => groupIndex(one) === group);
  const harmless = own.filter((one) => !isAttack(one)).map(({ line }) => line);
  const { slope, offset } = leastSquares(own.map(({ line, network }) => [line, network]));
  return {
    networkFrom: round(thresholdAt(harmless, NETWORK_ASKED)),
    networkExpected: { slope: round(slope), offset: round(offset) },
  };
});
/** As inspection adds it up. */
const sumOf = (one: Scored): number => {
  const use = networkUse[groupIndex(one)];
  return use === undefined ? one.line : withNetwork(one.line, use, NETWORK_WEIGHT, () => one.network).sum;
};
const figuresOf = (some: readonly Scored[]) => {
  const sums = (attack: boolean): number[] => some.filter((one) => isAttack(one) === attack).map(sumOf);
  const [attacks, benign] = [sums(true), sums(false)];
  return {
    attacks: attacks.length,
    benign: benign.length,
    auc: round(areaUnderCurve(attacks, benign)),
    recall: round(recallAtFpr(attacks, benign, 0.01)),
  };
};
for (const { name, rows } of parts) {
  const own = new Set<Encoded>(rows);
  const found = figuresOf(unseen.filter(({ encoded }) => own.has(encoded)));
  if (found.attacks > 0) figures[name] = found;
  say(`without ${name}: ${JSON.stringify(found)}`);
}

const rows = [...pool, ...parts.flatMap(trainable)];
const model = fit(rows);
figures[HELD_OUT] = figuresOf(scored(model, heldOut));
say(`held out: ${JSON.stringify(figures[HELD_OUT])}`);

const pack = ({ buffer }: Int8Array | Float32Array): string =>
  gzipSync(Buffer.from(buffer), { level: 9 }).toString("base64");

const groupFile = (index: number, window: number) => {
  const { shared, crossed: tables, bias } = model.linear;
  const crossed = tables[index] ?? new Float32Array(SIZE);
  const full = Float32Array.from({ length: SIZE }, (_, feature) => (shared[feature] ?? 0) + (crossed[feature] ?? 0));
  let strongest = 0;
  for (const weight of full) strongest = Math.max(strongest, Math.abs(weight));
  const scale = strongest / 127;
  const own = unseen.filter((one) => groupIndex(one) === index);
  const fitted = fitLine(own.map((one) => ({ sum: sumOf(one), label: one.encoded.row.label })));
  const line = { slope: fitted.slope, offset: fitted.offset + PRIOR_SHIFT };
  const benign = own.filter((one) => !isAttack(one)).map((one) => line.slope * sumOf(one) + line.offset);
  return {
    window,
    bias: (bias[0] ?? 0) + (bias[index + 1] ?? 0),
    scale,
    weights: pack(Int8Array.from(full, (weight) => Math.round(weight / scale))),
    network_from: networkUse[index]?.networkFrom ?? 0,
    network_expected: networkUse[index]?.networkExpected ?? { slope: 0, offset: 0 },
    calibration: { slope: round(line.slope), offset: round(line.offset) },
    report_from: round(chanceOf(thresholdAt(benign, 0.01))),
    block_from: round(chanceOf(thresholdAt(benign, 0.001))),
  };
};

const networkFile = ({ network }: Fitted) => ({
  weight: NETWORK_WEIGHT,
  dimension: network.dimension,
  vectors: perTable((name) => ({ scale: network.vectors[name].scale, table: pack(network.vectors[name].table) })),
  filter_count: network.filterBias.length,
  filters: pack(network.filters),
  filter_bias: pack(network.filterBias),
  hidden_count: network.hiddenBias.length,
  hidden: pack(network.hidden),
  hidden_bias: pack(network.hiddenBias),
  output: pack(network.output),
  output_bias: network.outputBias,
});

const file = {
  format: 4,
  version: values.version,
  feature_bits: FEATURE_BITS,
  damping: DAMPING,
  classes: classNames.map((name, index) => ({ name, words: words[index] ?? [] })),
  pivots,
  groups: {
    user: groupFile(0, WINDOW.user),
    outside: groupFile(1, WINDOW.document),
    description: groupFile(2, WINDOW.tool_description),
  },
  network: networkFile(model),
  kinds: trainKinds(rows, SEED),
};
writeFileSync(join(ROOT, "models/injection/model.json"), `${JSON.stringify(file)}\n`);
writeFileSync(join(ROOT, "models/injection/figures.json"), `${JSON.stringify(figures, undefined, 2)}\n`);
for (const [name, { calibration, report_from: report, block_from: block }] of Object.entries(file.groups))
  say(`${name}: ${JSON.stringify(calibration)}, report from ${report}, block from ${block}`);
