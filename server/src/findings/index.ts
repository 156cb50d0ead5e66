/**
 * The life cycle of findings: how hits become one, and what people may do with it.
 *
 * Pure: it stores nothing and asks no clock; the monitor and the API pass both in.
 * Invariant: an occurrence is never lost: it makes a finding or raises the count of one.
 */
export { absorbsHits, changeFinding, type ChangedFinding, isClosed, TRANSITIONS } from "./change-finding.ts";
export { forgetName } from "./forget-name.ts";
export { foldHit, groupKeyOf } from "./fold-hit.ts";
export { foldSighting, type Occasion, type Sighting } from "./fold-sighting.ts";
export { type JudgedFinding, ruleRecords } from "./rule-record.ts";
export { foldEpisode, groupKeyOfEpisode } from "./fold-episode.ts";
