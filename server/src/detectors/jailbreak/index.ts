/**
 * Finds jailbreaks: texts that talk a model out of its own limits by a persona, an unlocked mode, a story, a ban on
 * refusing or a fixed beginning of the answer.
 *
 * It must not judge harmful subjects by themselves. Invariant: a part to play is no jailbreak without the unlocking.
 */
export { jailbreakDetector } from "./jailbreak.ts";
