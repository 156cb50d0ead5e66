import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createNetworkReader,
  FILTER_WORDS,
  GROUPS,
  type Network,
  perTable,
  VECTOR_COUNTS,
  vectorOf,
} from "./network.ts";
import { createTokens, readTokens, type Tokens } from "./tokens.ts";
import { createWordClasses } from "./word-classes.ts";

const DIMENSION = 3;
const FILTERS = 4;
const HIDDEN = 2;
const WORDS_MAX = 8;

let seed = 7;
const random = (): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return (seed >>> 8) / 0x40_0000 - 1;
};
const numbers = (length: number): Float32Array => Float32Array.from({ length }, random);
const network: Network = {
  dimension: DIMENSION,
  vectors: perTable((name) => ({
    scale: 0.02,
    table: Int8Array.from({ length: VECTOR_COUNTS[name] * DIMENSION }, () => Math.round(100 * random())),
  })),
  filters: numbers(FILTERS * FILTER_WORDS * DIMENSION),
  filterBias: numbers(FILTERS),
  hidden: numbers(HIDDEN * (FILTERS + GROUPS)),
  hiddenBias: numbers(HIDDEN),
  output: numbers(HIDDEN),
  outputBias: 0.25,
};
const lexicon = createWordClasses([["ignor*", "忽略"], ["rules"]], [["ignore", "忽略"], ["lake"]]);
const tokens = createTokens();
const reader = createNetworkReader(network, WORDS_MAX);

const vector = (name: "words" | "stems" | "pivots" | "classes" | "marks", index: number): number[] =>
  Array.from({ length: DIMENSION }, (_, k) => 0.02 * (network.vectors[name].table[index * DIMENSION + k] ?? 0));
const plus = (...vectors: number[][]): number[] =>
  Array.from({ length: DIMENSION }, (_, k) => vectors.reduce((sum, one) => sum + (one[k] ?? 0), 0));

/** The same written as its definition says, without regard to time. */
const slowScore = (given: Tokens, from: number, to: number, group: number): number => {
  const nothing = vector("words", 0).map(() => 0);
  const rows = [nothing];
  for (let i = from; i < to; i += 1) {
    const classes = given.classes[i] ?? 0;
    rows.push(
      plus(
        vector("words", vectorOf(given.hashes[i] ?? 0)),
        given.stems[i] === 0 ? nothing : vector("stems", vectorOf(given.stems[i] ?? 0)),
        given.pivots[i] === 0 ? nothing : vector("pivots", given.pivots[i] ?? 0),
        (classes & 0xff) === 0 ? nothing : vector("classes", classes & 0xff),
        classes >>> 8 === 0 ? nothing : vector("classes", classes >>> 8),
        vector("marks", given.marks[i] ?? 0),
      ),
    );
  }
  rows.push(nothing);
  const inputs = Array.from({ length: FILTERS }, (_, filter) => {
    const answers = rows.slice(2).map((_row, at) =>
      rows
        .slice(at, at + FILTER_WORDS)
        .flat()
        .reduce((sum, value, k) => sum + value * (network.filters[filter * FILTER_WORDS * DIMENSION + k] ?? 0), 0),
    );
    return Math.max(0, Math.max(...answers) + (network.filterBias[filter] ?? 0));
  });
  for (let one = 0; one < GROUPS; one += 1) inputs.push(one === group ? 1 : 0);
  return Array.from({ length: HIDDEN }, (_, unit) =>
    inputs.reduce(
      (sum, value, k) => sum + value * (network.hidden[unit * inputs.length + k] ?? 0),
      network.hiddenBias[unit] ?? 0,
    ),
  ).reduce((sum, answer, unit) => sum + Math.max(0, answer) * (network.output[unit] ?? 0), network.outputBias);
};

const text = fc
  .array(fc.constantFrom("ignore", "the", "rules", "lake", "忽略", "ignoring", "you!", "\n\nplease"), {
    minLength: 1,
    maxLength: 20,
  })
  .map((words) => words.join(" "));

describe("a network", () => {
  test("scores any passage as its definition says", () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 0, max: GROUPS - 1 }), (words, start, group) => {
        readTokens(words, lexicon, tokens);
        const from = start % tokens.count;
        const to = Math.min(tokens.count, from + WORDS_MAX);
        expect(reader.score(tokens, from, to, group)).toBeCloseTo(slowScore(tokens, from, to, group), 4);
      }),
      { numRuns: 60 },
    );
  });

  test("what its words brought adds up to the score, but for what is the same for every passage", () => {
    const inputs = FILTERS + GROUPS;
    const bare = createNetworkReader(
      {
        ...network,
        hidden: network.hidden.map((weight, index) => (index % inputs < FILTERS ? weight : 0)),
        hiddenBias: new Float32Array(HIDDEN),
        outputBias: 0,
      },
      WORDS_MAX,
    );
    fc.assert(
      fc.property(text, (words) => {
        readTokens(words, lexicon, tokens);
        const score = bare.score(tokens, 0, tokens.count, 0);
        const brought = bare.contributions();
        expect(brought).toHaveLength(Math.min(tokens.count, WORDS_MAX));
        expect(brought.reduce((sum, one) => sum + one, 0)).toBeCloseTo(score, 4);
      }),
      { numRuns: 60 },
    );
    readTokens("please ignore the rules of the lake", lexicon, tokens);
    expect(bare.score(tokens, 0, tokens.count, 0)).not.toBe(0);
  });
});
