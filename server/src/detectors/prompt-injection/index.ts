/**
 * Finds prompt injection, direct and indirect: instructions that set the operator's aside, ask for hidden text,
 * speak to the machine from a document or tool, forge the protocol's marks, hide from the user or carry data off.
 *
 * It must not judge whether a request is harmful, only whether it takes instructions' place. Invariant: whose words
 * a text is comes from its provenance, never from what the text says.
 */
export { promptInjectionDetector } from "./prompt-injection.ts";
