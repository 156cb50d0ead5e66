import { defineDetector } from "../detector.ts";
import { createEvidenceInspection, EvidenceSettings, JAILBREAK_RULES } from "../instruction-evidence/index.ts";

/** A first version by weighed evidence. What the model itself says is skipped: it is not talked round by its own answer. */
export const jailbreakDetector = defineDetector({
  id: "jailbreak",
  version: "1",
  title: "Jailbreak",
  description:
    "Text that talks a model out of its limits: personas without rules, unlocked modes, stories as a cover, bans on refusing, fixed beginnings of answers.",
  categories: ["jailbreak"],
  contextual: false,
  skips: (provenance) => (provenance === "model" ? "a model's own words do not talk it out of its limits" : undefined),
  stream: { kind: "window", stride: 256, reach: 1024 },
  settings: EvidenceSettings,
  create: createEvidenceInspection({
    category: "jailbreak",
    rules: JAILBREAK_RULES,
    noun: "Looks like a jailbreak",
    plainType: "persona",
  }),
});
