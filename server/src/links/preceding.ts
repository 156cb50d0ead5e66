import type { Event, RelatedName } from "@parapet/model";
import { namesOf } from "./names-of.ts";

/** What happened before something, and how surely the one belongs to the other. */
export interface Preceding {
  readonly event: Event;
  readonly confidence: number;
  readonly secondsBefore: number;
  /** In words. */
  readonly why: string;
}

const SAME_TRACE = 0.99;
const SAME_SESSION = 0.9;
/** What is left of a join's confidence at the end of the window: the longer ago, the less it need be the cause. */
const AT_THE_END = 0.5;

/**
 * The candidates that came before `event` on its trace, session, workload or agent, surest first. A join is as sure as
 * its weakest link, and less so with time; a shared trace is no matter of time.
 */
export const precedingOf = (
  event: Event,
  candidates: readonly Event[],
  related: readonly RelatedName[],
  windowMs: number,
): readonly Preceding[] => {
  const at = Date.parse(event.time);
  const own = namesOf(event);
  const sureness = new Map<string, { readonly confidence: number; readonly why: string }>();
  for (const { name, confidence, via } of related)
    sureness.set(name, { confidence, why: `${name}, by ${via.map(({ rule }) => rule).join(" and ")}` });
  for (const name of own) sureness.set(name, { confidence: 0.95, why: `the same ${name}` });
  return candidates
    .flatMap((candidate): Preceding[] => {
      const beforeMs = at - Date.parse(candidate.time);
      if (beforeMs < 0 || beforeMs > windowMs || candidate.id === event.id) return [];
      const join = joinOf(event, candidate, sureness);
      if (join === undefined) return [];
      const decay = join.isDirect ? 1 : 1 - (1 - AT_THE_END) * (beforeMs / windowMs);
      const secondsBefore = beforeMs / 1_000;
      return [{ event: candidate, confidence: join.confidence * decay, secondsBefore, why: join.why }];
    })
    .toSorted((left, right) => right.confidence - left.confidence || left.secondsBefore - right.secondsBefore);
};

const isSame = (left: string | undefined, right: string | undefined): boolean =>
  left !== undefined && left !== "" && left === right;

const joinOf = (
  event: Event,
  candidate: Event,
  sureness: ReadonlyMap<string, { readonly confidence: number; readonly why: string }>,
): { readonly confidence: number; readonly why: string; readonly isDirect: boolean } | undefined => {
  if (isSame(event.trace, candidate.trace)) return { confidence: SAME_TRACE, why: "the same trace", isDirect: true };
  if (isSame(event.session, candidate.session))
    return { confidence: SAME_SESSION, why: "the same session", isDirect: true };
  let best: { readonly confidence: number; readonly why: string } | undefined;
  for (const name of namesOf(candidate)) {
    const join = sureness.get(name);
    if (join !== undefined && join.confidence > (best?.confidence ?? 0)) best = join;
  }
  return best === undefined ? undefined : { ...best, isDirect: false };
};
