import { describe, expect, test } from "vitest";
import { randomOf, SETTINGS, START_MS } from "../company.fixture.ts";
import { featureSignature, packSample, textSignature, wordsOf } from "../features/signature.ts";
import { neighbourhoodsOf } from "./neighbourhoods.ts";
import { judgeTheft, type AskedDay } from "./theft.ts";

const SEED = 3;
const random = randomOf(8);
const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];

const WORDS = Array.from({ length: 3_000 }, () =>
  Array.from(
    { length: 4 + Math.floor(random() * 6) },
    () => "abcdefghijklmnopqrstuvwxyz"[Math.floor(random() * 26)],
  ).join(""),
);
const phrase = (words: number): string => Array.from({ length: words }, () => pick(WORDS)).join(" ");
const asText = (text: string, outcome = 0): number =>
  packSample({ signature: textSignature(wordsOf(text), SEED) ?? 0, outcome });

interface Customer {
  readonly income: number;
  readonly age: number;
  readonly debt: number;
  readonly tenure: number;
}
const customer = (): Customer => ({
  income: 15_000 + random() * 120_000,
  age: 18 + random() * 60,
  debt: random() * 40_000,
  tenure: random() * 30,
});
const isRisky = ({ income, debt }: Customer): boolean => debt > income / 4;
const predict = (one: Customer): number =>
  packSample({
    signature: featureSignature(Object.entries(one), SEED) ?? 0,
    outcome: isRisky(one) ? 3 : 4,
    confidence: Math.round(10 * Math.min(1, Math.abs(one.debt - one.income / 4) / 10_000)),
  });
const nudged = (one: Customer, by: number): Customer => ({
  income: one.income * (1 + by * (random() - 0.5)),
  age: one.age * (1 + by * (random() - 0.5)),
  debt: one.debt * (1 + by * (random() - 0.5)),
  tenure: one.tenure * (1 + by * (random() - 0.5)),
});
const many = (count: number, make: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => make(index));

const kindsOf = (samples: readonly number[], change: Partial<AskedDay> = {}): readonly string[] =>
  judgeTheft(
    {
      id: "user:mallory",
      dayMs: START_MS,
      prompts: samples.length,
      samples,
      peers: { prompts: 40, members: 20 },
      ownSpread: undefined,
      likeness: 0.1,
      ...change,
    },
    SETTINGS.theft,
  ).map(({ kind }) => kind);

describe("extraction", () => {
  const broad = many(1_500, () => asText(phrase(12)));
  test.each([
    ["far more than its peers, all new", broad, {}, ["extraction"]],
    ["as much as its peers do", broad, { peers: { prompts: 900, members: 20 } }, []],
    ["as it does every day", broad, { ownSpread: 1_400 }, []],
    ["with nobody to compare with", broad, { peers: { prompts: 40, members: 3 } }, []],
    [
      "the same few questions again and again",
      many(1_500, (index) => asText(WORDS.slice(index % 20, (index % 20) + 9).join(" "))),
      {},
      [],
    ],
    ["fewer than the least evidence", broad.slice(0, 800), {}, []],
  ] as const)("of a day with queries %s", (_, samples, change, kinds) => {
    expect(kindsOf(samples, change)).toEqual(kinds);
  });
});

describe("a classical model", () => {
  const book = many(600, () => predict(customer()));
  const victim: Customer = { income: 60_000, age: 40, debt: 2_000, tenure: 5 };
  const edge: Customer = { income: 60_000, age: 40, debt: 15_000, tenure: 5 };
  const around = many(400, () => predict(nudged(victim, 0.08)));
  const along = many(700, () => predict(nudged(edge, 0.08)));
  test.each([
    ["a book of customers", book, {}, []],
    ["small changes of one record, with confidences", around, {}, ["inversion"]],
    ["small changes along the boundary", along, {}, ["inversion", "boundary"]],
    ["small changes, as its peers ask", around, { likeness: 0.95 }, []],
    ["too few of them", around.slice(0, 90), {}, []],
  ] as const)("that is asked for %s", (_, samples, change, kinds) => {
    expect(kindsOf(samples, change)).toEqual(kinds);
  });
});

test("halving the way to a boundary is felt along it to its last, smallest steps", () => {
  const steps = many(240, (index) => {
    const debt = 15_000 + (index % 2 === 0 ? 1 : -1) * (4 + index / 100);
    return predict({ income: 60_000, age: 40, tenure: 5, debt });
  });
  expect(kindsOf(steps)).toContain("boundary");
});

test("near-duplicate texts of which some were stopped feel along the guard's boundary", () => {
  const base = phrase(18).split(" ");
  const variants = many(300, (index) => {
    const words = [...base];
    words[index % words.length] = pick(WORDS) ?? "";
    return asText(words.join(" "), index % 3 === 0 ? 1 : 0);
  });
  expect(kindsOf(variants)).toEqual(["boundary"]);
});

test("identical queries are one, so that a program that asks the same is no probe", () => {
  const same = asText(phrase(10));
  expect(neighbourhoodsOf(many(500, () => same))).toMatchObject({ queries: 500, distinct: 1, near: 0, pairs: 0 });
});

test("texts in one frame of words are as new when many are asked as when few are", () => {
  const framed = many(2_000, () => asText(`explain ${phrase(3)} with ${phrase(3)} and ${phrase(3)} for ${phrase(3)}`));
  const noveltyOf = (samples: readonly number[]): number => {
    const { alone, distinct } = neighbourhoodsOf(samples);
    return alone / distinct;
  };
  const few = noveltyOf(framed.slice(0, 300));
  expect(few).toBeGreaterThan(0.8);
  expect(Math.abs(noveltyOf(framed) - few)).toBeLessThan(0.1);
});
