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

const Request = z.object({ text: z.string(), lang: z.string(), asks: z.array(z.enum(EFFECTS)) });

/**
 * Each task with each tool of its agent that does more than read, wanted where the task calls it; a tool with its
 * effects as declared and as inferred, where these differ.
 */
export const pairsOfSuite = (suite: Suite): readonly Pair[] => {
  const tools = suite.tools.map(({ name, declared, ...definition }) => {
    const views = [[{ name, effects: declared.effects }], []].map((declarations) =>
      viewTool(declarations, { name, server: "", definition: { name, ...definition } }),
    );
    const acting = views.filter(({ effects }) => effects.some((effect) => effect !== "read"));
    const keys = new Map(acting.map(({ effects, words }) => [effects.join(" "), toolKeys(effects, words)]));
    return { name, variants: [...keys.values()] };
  });
  return suite.cases.flatMap(({ user, steps }) => {
    const request = hashRequest(user);
    const called = new Set(steps.map(({ call }) => call));
    return tools.flatMap(({ name, variants }) =>
      variants.map((keys): Pair => {
        const isWanted = called.has(name);
        const weight = (isWanted ? 1 : UNNEEDED_WEIGHT) / variants.length;
        return { features: pairFeatures(request, keys), isWanted, weight, fold: suite.domain };
      }),
    );
  });
};

/** Each labelled request with each effect. */
export const pairsOfRequests = (): readonly Pair[] =>
  readFileSync(join(import.meta.dirname, "requests.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const { text, asks } = Request.parse(JSON.parse(line));
      const request = hashRequest(text);
      return EFFECTS.filter((effect) => effect !== "read").map((effect): Pair => ({
        features: pairFeatures(request, toolKeys([effect], [])),
        isWanted: asks.includes(effect),
        weight: 1,
        fold: "requests",
      }));
    });
