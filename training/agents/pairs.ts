import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EFFECTS } from "@parapet/model";
import { z } from "zod";
import type { Suite } from "../../bench/agents/read-cases.ts";
import { hashRequest, pairFeatures, toolKeys } from "../../server/src/agents/doubt/index.ts";
import { viewTool } from "../../server/src/agents/tool-effects.ts";
import type { Pair } from "./wish.ts";

/** Tools that a task does not need are far more than those that it does. */
const UNNEEDED_WEIGHT = 0.3;
const REQUEST_FOLDS = 5;
const REQUEST_BLOCK = 40;

const Request = z.object({ text: z.string(), lang: z.string(), asks: z.array(z.enum(EFFECTS)) });

/** Each task with each tool of its agent that does more than read, wanted where the task calls it. */
export const pairsOfSuite = (suite: Suite): readonly Pair[] => {
  const tools = suite.tools.flatMap((tool) =>
    [tool.declared.effects, undefined].flatMap((effects) => {
      const declared = effects === undefined ? [] : [{ name: tool.name, effects }];
      const view = viewTool(declared, { name: tool.name, server: "", definition: tool });
      return view.effects.every((effect) => effect === "read")
        ? []
        : [{ name: tool.name, keys: toolKeys(view.effects, view.words) }];
    }),
  );
  return suite.cases.flatMap(({ user, steps }) => {
    const request = hashRequest(user);
    const called = new Set(steps.map(({ call }) => call));
    return tools.map(({ name, keys }): Pair => {
      const isWanted = called.has(name);
      return {
        features: pairFeatures(request, keys),
        isWanted,
        weight: (isWanted ? 1 : UNNEEDED_WEIGHT) / 2,
        fold: suite.domain,
      };
    });
  });
};

/** Each labelled request with each effect. */
export const pairsOfRequests = (): readonly Pair[] =>
  readFileSync(join(import.meta.dirname, "requests.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line, row) => {
      const { text, asks } = Request.parse(JSON.parse(line));
      const request = hashRequest(text);
      const fold = `requests ${Math.floor(row / REQUEST_BLOCK) % REQUEST_FOLDS}`;
      return EFFECTS.filter((effect) => effect !== "read").map((effect): Pair => ({
        features: pairFeatures(request, toolKeys([effect], [])),
        isWanted: asks.includes(effect),
        weight: 1,
        fold,
      }));
    });
