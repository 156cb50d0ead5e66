/**
 * Evidence of instructions in a text: words of many languages and structures, weighed within windows. Shared by the
 * detectors of prompt injection and of jailbreaks, which differ in their rules only.
 *
 * It must not decide what happens to a text, and a text's own claims never change whose words it is taken for.
 * Invariant: counter-evidence is bounded, so no amount of harmless words hides strong evidence elsewhere in the text.
 */
export { createEvidenceInspection, type EvidenceKind } from "./inspect.ts";
export { INJECTION_RULES } from "./rules-injection.ts";
export { JAILBREAK_RULES } from "./rules-jailbreak.ts";
