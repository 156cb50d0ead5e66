/**
 * Second opinion: somebody else's word on texts of which the detectors are unsure: a classifier behind HTTP, a language
 * model as judge, or an ONNX classifier of the operator's in threads of its own.
 *
 * It must not be shown what the pipeline did not cut and redact for it, and never decides what happens to a text.
 * Invariants: every question ends in time, in an answer or in a reason why there is none; what is not exactly the
 * agreed form is no answer; there is a bound on questions at once, waiting, per minute and remembered.
 */
export type { Advisor, Advice, Opinion, OpinionQuestion } from "./opinion.ts";
export { openAdvisor } from "./open-advisor.ts";
export { createSecondOpinion, type OpinionMetrics, type SecondOpinion } from "./second-opinion.ts";
