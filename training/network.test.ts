import { expect, test } from "vitest";
import { createNetworkReader } from "../server/src/detectors/injection-classifier/network.ts";
import { createWordClasses } from "../server/src/detectors/injection-classifier/word-classes.ts";
import { encode, type Encoded } from "./encode.ts";
import { trainNetwork } from "./network.ts";

const lexicon = createWordClasses([["lake"]]);
const row = (text: string, label: 0 | 1): Encoded =>
  encode(
    {
      id: text,
      source: "own",
      label,
      kind: "direct_injection",
      channel: "user",
      lang: "en",
      strength: "clear",
      text,
      obfuscated: false,
      turns: false,
    },
    lexicon,
  );

test("what only neighbours tell, and no word alone, is learnt and served", () => {
  const [left, right] = [
    ["red", "green"],
    ["boat", "house"],
  ];
  // Red boats and green houses: each word is as frequent on either side.
  const rows = Array.from({ length: 40 }, (_, turn) =>
    left.flatMap((colour, first) =>
      right.map((thing, second) => row(`word${turn} then a ${colour} ${thing} and more`, first === second ? 1 : 0)),
    ),
  ).flat();
  const network = trainNetwork(rows, {
    seed: 3,
    epochs: 20,
    rate: 0.05,
    dropout: 0,
    strange: 0,
    dimension: 8,
    filters: 8,
    hidden: 4,
    windowOf: () => 16,
    weightOf: () => 1,
    hardest: () => ({ start: 0, end: 16 }),
  });
  const reader = createNetworkReader(network, 16);
  const score = (text: string): number => {
    const { words, tokens } = row(text, 0);
    return reader.score(words, 0, tokens, 0);
  };
  for (const attack of ["some red boat today", "some green house today"])
    for (const harmless of ["some red house today", "some green boat today"])
      expect(score(attack)).toBeGreaterThan(score(harmless) + 1);
});
