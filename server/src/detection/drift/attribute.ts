import type { BehaviourChange, DriftState } from "@parapet/model";
import { HOUR_MS } from "../baseline/calendar.ts";

/** A change shows itself only in the hour after it, and the hour that it fell into counts as after. */
const AFTER_MS = HOUR_MS;
/** What happened longer before is no cause that anybody could believe in. */
const BEFORE_MS = 72 * HOUR_MS;

/** The nearest change before a drift began, of the same model or route or of everything. */
export const attribute = (
  { dimension, subject, onsetMs }: Pick<DriftState, "dimension" | "subject" | "onsetMs">,
  changes: readonly BehaviourChange[],
): BehaviourChange | undefined =>
  changes
    .filter((change) => {
      const atMs = Date.parse(change.time);
      const touches =
        change.subject === "" ||
        (change.dimension === dimension && change.subject === subject) ||
        change.touches.includes(subject);
      return touches && atMs <= onsetMs + AFTER_MS && atMs >= onsetMs - BEFORE_MS;
    })
    .toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time))[0];

/** What a drift says, with its statistic and what it is laid to. */
export const driftSentence = (state: Omit<DriftState, "sinceMs" | "seenMs">): string => {
  const worst = state.statistics.toSorted((a, b) => b.value / b.threshold - a.value / a.threshold)[0];
  const onset = new Date(state.onsetMs).toISOString().slice(0, 16).replace("T", " ");
  const cause =
    state.cause === undefined ? "no change is known before it" : `nearest change before it: ${state.cause.sentence}`;
  return `${state.feature} of ${state.dimension} ${state.subject} drifts since about ${onset} UTC: ${worst?.name ?? "a statistic"} ${worst?.value ?? 0} (threshold ${worst?.threshold ?? 0}), from ${state.before} to ${state.now}, over ${state.samples} samples against ${state.referenceSamples}; ${cause}.`;
};
