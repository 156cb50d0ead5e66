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
import { createWordClasses } from "../server/src/detectors/injection-classifier/word-classes.ts";
import { encode, type Encoded } from "./encode.ts";
import { auc, recallAbove, thresholdAt } from "./figures.ts";
import { trainKinds } from "./kinds.ts";
import { bestWindow, GROUP, type Linear, type LinearOptions, SIZE, trainLinear } from "./linear.ts";
import { fitLine } from "./platt.ts";
import { recombine } from "./recombine.ts";
import { partNames, readPart, readPool } from "./rows.ts";

const ROOT = join(import.meta.dirname, "..");
const SEED = 1;
/** The part whose author's work is never trained on. */
export const HELD_OUT = "held-out";
const WINDOW = { user: 64, document: 32, tool_output: 32, tool_description: 32 } as const;
const FEATURE_BITS = 20;
/** Rows of a source and label above which each counts less. */
const ROWS_FULL_WEIGHT = 300;
const OWN_WEIGHT = 2;
const RECOMBINED_WEIGHT = 0.6;
/** Attacks are a third of the corpus and far rarer in use: confidence starts from lower odds, by this much. */
const PRIOR_SHIFT = -0.8;
const INSERTED = 500;
const JOINED = 250;

const Lexicon = z.object({ classes: z.record(z.string(), z.array(z.coerce.string())) });

const { values } = parseArgs({ options: { pool: { type: "string" }, version: { type: "string", default: "1" } } });
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
const lexicon = createWordClasses(words);

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
  if (made.has(encoded)) return OWN_WEIGHT * RECOMBINED_WEIGHT;
  const count = counts.get(`${row.source} ${row.label}`);
  return count === undefined ? OWN_WEIGHT : Math.min(1, Math.sqrt(ROWS_FULL_WEIGHT / count));
};
const options: LinearOptions = {
  seed: SEED,
  epochs: 6,
  rate: 0.02,
  decay: 0.1,
  window: WINDOW,
  weightOf,
  hardest: 0.8,
  power: 0,
};
const fit = (rows: readonly Encoded[]): Linear => trainLinear(rows, options);
const trainable = (of: (typeof parts)[number]): Encoded[] => [...of.rows, ...of.made];

// Scores of texts whose author the model has not read, for calibration.
const unseen: { readonly encoded: Encoded; readonly sum: number }[] = [];
for (const part of parts) {
  const model = fit([...pool, ...parts.filter((other) => other !== part).flatMap(trainable)]);
  for (const encoded of part.rows)
    if (encoded.row.strength === "clear") unseen.push({ encoded, sum: bestWindow(model, encoded).sum });
  say(`without ${part.name}: done`);
}

const rows = [...pool, ...parts.flatMap(trainable)];
const model = fit(rows);
const shown = heldOut.filter(({ row }) => row.strength === "clear");
const scores = (label: 0 | 1): number[] =>
  shown.filter(({ row }) => row.label === label).map((encoded) => bestWindow(model, encoded).sum);
const [positive, negative] = [scores(1), scores(0)];
say(
  `held out: ${positive.length} attacks, ${negative.length} benign, AUC ${auc(positive, negative).toFixed(3)}, recall ${recallAbove(positive, thresholdAt(negative, 0.01)).toFixed(3)} at 1 %`,
);

const pack = (table: Int8Array): string => gzipSync(Buffer.from(table.buffer), { level: 9 }).toString("base64");
const confidence = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
const round = (value: number): number => Math.round(value * 10_000) / 10_000;

const groupFile = (index: number, window: number) => {
  const crossed = model.crossed[index] ?? new Float32Array(SIZE);
  const full = Float32Array.from(
    { length: SIZE },
    (_, feature) => (model.shared[feature] ?? 0) + (crossed[feature] ?? 0),
  );
  let strongest = 0;
  for (const weight of full) strongest = Math.max(strongest, Math.abs(weight));
  const scale = strongest / 127;
  const own = unseen.filter(({ encoded }) => GROUP[encoded.row.channel] === index);
  const fitted = fitLine(own.map(({ encoded, sum }) => ({ sum, label: encoded.row.label })));
  const line = { slope: fitted.slope, offset: fitted.offset + PRIOR_SHIFT };
  const benign = own.filter(({ encoded }) => encoded.row.label === 0).map(({ sum }) => line.slope * sum + line.offset);
  return {
    window,
    bias: (model.bias[0] ?? 0) + (model.bias[index + 1] ?? 0),
    scale,
    weights: pack(Int8Array.from(full, (weight) => Math.round(weight / scale))),
    calibration: { slope: round(line.slope), offset: round(line.offset) },
    report_from: round(confidence(thresholdAt(benign, 0.01))),
    block_from: round(confidence(thresholdAt(benign, 0.001))),
  };
};

const file = {
  format: 1,
  version: values.version,
  feature_bits: FEATURE_BITS,
  classes: classNames.map((name, index) => ({ name, words: words[index] ?? [] })),
  groups: {
    user: groupFile(0, WINDOW.user),
    outside: groupFile(1, WINDOW.document),
    description: groupFile(2, WINDOW.tool_description),
  },
  kinds: trainKinds(rows, SEED),
};
writeFileSync(join(ROOT, "models/injection/model.json"), `${JSON.stringify(file)}\n`);
for (const [name, { calibration, report_from: report, block_from: block }] of Object.entries(file.groups))
  say(`${name}: ${JSON.stringify(calibration)}, report from ${report}, block from ${block}`);
