import { defineDetector } from "../detector.ts";
import { ClassifierSettings } from "../injection-classifier/index.ts";
import { INJECTION_RULES } from "../instruction-evidence/index.ts";
import { createRulesAndClassifier } from "../rules-and-classifier.ts";

/**
 * Weighed rules know the common wordings, the trained classifier the many others. Both are known to miss injected
 * requests that sound ordinary, which only information flow can tell from wanted ones. A response is read as well: an
 * answer may carry an injection on to the next reader.
 */
export const promptInjectionDetector = defineDetector({
  id: "prompt-injection",
  version: "3",
  title: "Prompt injection",
  description:
    "Instructions that try to take the place of the operator's: overrides, prompt extraction, orders hidden in documents, tool results and tool descriptions, forged roles.",
  categories: ["prompt_injection"],
  contextual: false,
  stream: { kind: "window", stride: 256, reach: 1024 },
  settings: ClassifierSettings,
  create: createRulesAndClassifier({
    category: "prompt_injection",
    rules: INJECTION_RULES,
    noun: "Looks like prompt injection",
    plainType: "override",
  }),
});
