import { defineDetector } from "../detector.ts";
import { ClassifierSettings } from "../injection-classifier/index.ts";
import { JAILBREAK_RULES } from "../instruction-evidence/index.ts";
import { createRulesAndClassifier } from "../rules-and-classifier.ts";

/** Weighed rules and the trained classifier together. What the model itself says is skipped: it is not talked round by its own answer. */
export const jailbreakDetector = defineDetector({
  id: "jailbreak",
  version: "3",
  title: "Jailbreak",
  description:
    "Text that talks a model out of its limits: personas without rules, unlocked modes, stories as a cover, bans on refusing, fixed beginnings of answers.",
  categories: ["jailbreak"],
  contextual: false,
  skips: (provenance) => (provenance === "model" ? "a model's own words do not talk it out of its limits" : undefined),
  stream: { kind: "window", stride: 256, reach: 1024 },
  settings: ClassifierSettings,
  create: createRulesAndClassifier({
    category: "jailbreak",
    rules: JAILBREAK_RULES,
    noun: "Looks like a jailbreak",
    plainType: "persona",
  }),
});
