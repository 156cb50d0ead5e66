import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bucketOf,
  callerGroup,
  cellOfGroup,
  distributionsOf,
  quantileOfCells,
  valueOfBucket,
  withoutGroup,
} from "./cells.ts";
import { guessLanguage } from "./language.ts";
import {
  differingBits,
  featureSignature,
  packSample,
  SIGNATURE_BITS,
  textSignature,
  unpackSample,
  wordsOf,
} from "./signature.ts";
import { isRefusal, toneOf } from "./tone.ts";

test("a bucket holds its value to within five per cent", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
      const middle = valueOfBucket(bucketOf(value));
      expect(Math.abs(middle - value)).toBeLessThanOrEqual(0.05 * (Math.abs(value) + 1));
    }),
  );
});

test("a cell of a group of callers is the cell and the group, and one of none is itself", () => {
  for (const cell of ["input.tokens#-3", "feature.a_b=x@1#2=3", "score#0"]) {
    expect(withoutGroup(cellOfGroup(cell, "7"))).toEqual(["7", cell]);
    expect(withoutGroup(cell)).toEqual(["", cell]);
  }
  expect(callerGroup(4_294_967_295)).toMatch(/^[0-7]$/);
});

test("cells come apart by feature, and a quantile is read from them", () => {
  const cells = {
    "latencyMs#0": 1,
    [`latencyMs#${bucketOf(100)}`]: 98,
    [`latencyMs#${bucketOf(5_000)}`]: 1,
    "output.language=en": 3,
  };
  const found = distributionsOf(cells);
  expect([...found.keys()]).toEqual(["latencyMs", "output.language"]);
  const latency = found.get("latencyMs");
  expect(latency?.total).toBe(100);
  const median = latency === undefined ? 0 : (quantileOfCells(latency, 0.5) ?? 0);
  expect(Math.abs(median - 100)).toBeLessThan(5);
});

describe("a signature", () => {
  test("has the bits that more than half of the words' weight has", () => {
    const word = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom("a", "b", "7", "ß") });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 160 }), (words) => {
        // One word's signature is its hash, so each bit of many is a vote.
        const votes = words.map((one) => ({
          weight: one.length > 3 ? 4 : 1,
          bits: BigInt(textSignature([one], 7) ?? 0),
        }));
        const whole = votes.reduce((sum, { weight }) => sum + weight, 0);
        const found = BigInt(textSignature(words, 7) ?? 0);
        for (let bit = 0n; bit < BigInt(SIGNATURE_BITS); bit += 1n) {
          const sum = votes.reduce((sofar, { weight, bits }) => sofar + ((bits >> bit) & 1n ? weight : 0), 0);
          expect((found >> bit) & 1n).toBe(2 * sum > whole ? 1n : 0n);
        }
      }),
      { numRuns: 40 },
    );
  });

  const sign = (text: string) => textSignature(wordsOf(text), 7) ?? -1;
  const ASKED = "Please explain how the quarterly revenue report of our northern branch was put together last year";

  test.each([
    ["the same words", ASKED, 0, 0],
    ["one word changed", ASKED.replace("northern", "southern"), 1, 9],
    ["another question", "What should I cook tonight with leeks, potatoes and a little cream?", 12, SIGNATURE_BITS],
  ])("of %s differs as much as the texts do", (_, text, least, most) => {
    const bits = differingBits(sign(ASKED), sign(text));
    expect(bits).toBeGreaterThanOrEqual(least);
    expect(bits).toBeLessThanOrEqual(most);
  });

  test("of nearly the same features is nearly the same, and of others is not", () => {
    const features = (income: number, age: number, city: string) =>
      featureSignature(
        [
          ["income", income],
          ["age", age],
          ["city", city],
        ],
        7,
      ) ?? -1;
    const base = features(52_000, 41, "Utrecht");
    expect(differingBits(base, features(52_400, 41, "Utrecht"))).toBeLessThanOrEqual(9);
    expect(differingBits(base, features(18_000, 23, "Porto"))).toBeGreaterThanOrEqual(10);
  });

  test("depends on the seed", () => {
    expect(textSignature(wordsOf(ASKED), 1)).not.toBe(textSignature(wordsOf(ASKED), 2));
  });

  test("comes back from a packed sample", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 44 - 1 }),
        fc.integer({ min: 0, max: 15 }),
        fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
        (signature, outcome, confidence) => {
          const packed = packSample({ signature, outcome, confidence });
          expect(Number.isSafeInteger(packed)).toBe(true);
          expect(unpackSample(packed)).toEqual({ signature, outcome, ...(confidence !== undefined && { confidence }) });
        },
      ),
    );
  });
});

test.each([
  ["How do I reset the password of this account?", "en"],
  ["Wie kann ich das Passwort für dieses Konto zurücksetzen?", "de"],
  ["Comment puis-je changer le mot de passe de ce compte dans la page ?", "fr"],
  ["¿Cómo puedo cambiar la contraseña de esta cuenta por una nueva?", "es"],
  ["パスワードをリセットする方法を教えてください", "ja"],
  ["如何重置该账户的密码", "zh"],
  ["Как сбросить пароль этой учётной записи?", "ru"],
  ["12345 + 67", "none"],
  ["zxqv brrt", "other"],
])("%s is taken for %s", (text, language) => {
  expect(guessLanguage(text, wordsOf(text))).toBe(language);
});

test.each([
  ["I'm sorry, but I can't help with that.", true],
  ["I cannot share that information.", true],
  ["Ich kann dabei nicht helfen.", true],
  ["Here are three ways to do it. I can't recommend the fourth.", false],
  ["The tests cannot pass because a file is missing.", false],
])("%s declines: %s", (text, declines) => {
  expect(isRefusal(text)).toBe(declines);
});

test("the tone of an answer is between cold and warm", () => {
  expect(toneOf(wordsOf("Sure, glad to help. Great question!"))).toBe(1);
  expect(toneOf(wordsOf("Unfortunately that failed with an error."))).toBe(-1);
  expect(toneOf(wordsOf("The report has four pages."))).toBe(0);
});
