import { join } from "node:path";
import { expect, test } from "vitest";
import { shippedModel } from "../server/src/detectors/injection-classifier/model.ts";
import { createScorer } from "../server/src/detectors/injection-classifier/score.ts";
import { areaUnderCurve, recallAtFpr } from "../server/src/cli/evaluation/figures.ts";
import { type Channel, readPart } from "./rows.ts";

const GROUP = {
  user: "user",
  document: "outside",
  tool_output: "outside",
  tool_description: "description",
} as const satisfies Record<Channel, string>;

test("the shipped classifier holds its figures on an author it was never trained on", () => {
  const model = shippedModel();
  const scorer = createScorer(model);
  const { rows } = readPart(join(import.meta.dirname, "corpus"), "held-out");
  const clear = rows.filter(({ strength }) => strength === "clear");
  const scores = (label: 0 | 1): number[] =>
    clear
      .filter((row) => row.label === label)
      .map(({ text, channel }) => scorer.strongest(text, model.groups[GROUP[channel]])?.sum ?? -100);
  const [attacks, benign] = [scores(1), scores(0)];
  expect(attacks.length).toBeGreaterThan(600);
  expect(areaUnderCurve(attacks, benign)).toBeGreaterThan(0.94);
  expect(recallAtFpr(attacks, benign, 0.05)).toBeGreaterThan(0.65);
});
