/**
 * Turns what gateways recorded into events, findings and evidence.
 *
 * Opens no listener and decides nothing about an exchange. Invariant: a spool record is trimmed only
 * after the event store and the ledger hold it.
 */
export { createDrain, type DrainTools } from "./drain.ts";
export { createDrainIntent, type DrainIntent } from "./drain-intent.ts";
export { createCorrelating, type Correlating } from "./correlating.ts";
export { createDetection, type Detection } from "./detection.ts";
export { createBehaviour, type Behaviour } from "./behaviour/behaviour.ts";
export { createProbes } from "./behaviour/probes.ts";
export { createCheckpointing } from "./checkpoints.ts";
export { createSubjectKeys, type Subject, type SubjectKeys } from "./subject-keys.ts";
export { BEHAVIOUR_RULES } from "./behaviour/words.ts";
export { createLinker, type Linker } from "./linker.ts";
export { createTextInspector, type TextInspector } from "./text-inspector.ts";
export { readExchange } from "./read-exchange.ts";
export { forgetInFindings } from "./forget-in-findings.ts";
