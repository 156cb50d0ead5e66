import { near, one, type Rule, followed } from "./rule.ts";

/**
 * Evidence that the text speaks about such attacks, or that it is everyday. Bounded as a whole (`score.ts`), since an
 * attacker can write these words as well.
 */
export const COUNTER_RULES: readonly Rule[] = [
  one("aboutAttacks", -1.0, -1.3, "", "speaks about attacks"),
  near("aboutAttacks", "exampleFrame", -1.2, -1.5, "", "gives an example of an attack", 16),
  near("aboutAttacks", "askFrame", -1.2, -0.8, "", "asks about attacks", 12),
  near("aboutAttacks", "machine", -0.4, -0.8, "", "speaks about attacks on AI", 12),
  one("exampleFrame", -0.3, -0.4, "", "gives an example"),
  near("exampleFrame", "override", -0.8, -1.0, "", "gives an overriding phrase as an example", 6),
  near("exampleFrame", "askFrame", -0.6, -0.4, "", "asks about a phrase", 10),
  one("askFrame", -0.4, -0.2, "", "asks or wants an explanation"),
  near("askFrame", "systemPrompt", -2.0, -0.8, "", "asks what such instructions are", 6),
  near("askFrame", "instruction", -0.8, -0.4, "", "asks about instructions", 6),
  near("askFrame", "override", -0.8, -0.3, "", "asks how to ignore something", 5),
  near("askFrame", "unlockedMode", -1.2, -0.6, "", "asks what a mode is", 6),
  near("override", "everydayObject", -1.3, -1.3, "", "ignores an everyday thing", 5),
  near("reveal", "everydayObject", -0.5, -0.5, "", "shows an everyday thing", 5),
  near("instruction", "everydayObject", -0.9, -0.6, "", "instructions for an everyday thing", 6),
  near("disable", "everydayObject", -0.8, -0.8, "", "switches an everyday thing off", 5),
  near("unlockedMode", "everydayObject", -2.0, -1.6, "", "a mode of an everyday thing", 8),
  near("askFrame", "enabled", -0.9, -0.5, "", "asks how to switch something on", 4),
  one("ownRequest", -0.8, -0.2, "", "asks for a form of answer"),
  near("ownRequest", "verbatim", -2.0, -0.5, "", "wants the own request back word for word", 12),
  near("ownRequest", "reveal", -0.8, -0.2, "", "wants the own request back", 8),
  near("ownRequest", "textAbove", -2.2, -0.6, "", "wants the own request back", 16),
  near("act", "everydayRole", -1.0, -0.6, "", "an everyday part", 7),
  near("youAre", "everydayRole", -0.6, -0.4, "", "an everyday part", 7),
  one("peopleMail", -0.7, -0.9, "", "a letter between people"),
  followed("negation", "send", -1.6, -2.2, "", "says not to give it away", 3),
  followed("negation", "reveal", -0.8, -1.0, "", "says not to show it", 3),
  followed("negation", "override", -1.8, -1.8, "", "says not to set it aside", 2),
];
