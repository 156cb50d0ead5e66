import {
  maxSeverity,
  type AssetValue,
  type Finding,
  type FindingException,
  type FindingId,
  type Severity,
  type Timestamp,
} from "@parapet/model";
import { exceptionFor } from "./exceptions.ts";
import { assetOf, scoreOf } from "./score.ts";

const EVENTS_MAX = 50;
const SOURCES_MAX = 20;
const TITLE_UNITS_MAX = 256;

/** What the clock, the id maker and the operator say; the module has none of them. */
export interface Occasion {
  readonly now: Timestamp;
  readonly newId: FindingId;
  readonly assets?: readonly AssetValue[];
  readonly exceptions?: readonly FindingException[];
}

/** What was seen, whoever saw it: a rule over one event, a correlation, a baseline, a drift. */
export interface Sighting {
  readonly rule: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly tags: readonly string[];
  readonly triage: string;
  /** Tells the findings of one rule apart. Values are whole: a shortened one could join two groups. */
  readonly groupKey: string;
  /** The group's values as they are shown. */
  readonly entities: Readonly<Record<string, string>>;
  readonly firstSeen: Timestamp;
  readonly lastSeen: Timestamp;
  readonly exchanges: readonly string[];
  readonly events: readonly string[];
  readonly sources: readonly string[];
  readonly explanation?: string;
}

/** The newest first, each once. */
const newest = (added: readonly string[], before: readonly string[], max: number): string[] =>
  [...new Set([...added, ...before])].filter((id) => id !== "").slice(0, max);

const scored = (finding: Finding, occasion: Occasion): Finding => ({
  ...finding,
  ...scoreOf(finding, occasion.assets ?? []),
});

const begin = (sighting: Sighting, occasion: Occasion, recurrenceOf: Finding | undefined): Finding => {
  const { now, newId, assets = [], exceptions = [] } = occasion;
  const exception = exceptionFor({ rule: sighting.rule, entities: { ...sighting.entities } }, exceptions, now);
  const owner = exception?.owner ?? assetOf({ entities: { ...sighting.entities } }, assets)?.owner;
  const history = [
    {
      time: now,
      actor: "system",
      change: recurrenceOf === undefined ? "created" : "created: it came back after being resolved",
      ...(recurrenceOf !== undefined && { comment: `Earlier finding ${recurrenceOf.id}` }),
    },
    ...(exception === undefined
      ? []
      : [
          {
            time: now,
            actor: exception.owner,
            change: `accepted until ${exception.expiresAt} by exception ${exception.id}`,
            comment: exception.reason,
          },
        ]),
  ];
  return scored(
    {
      id: newId,
      rule: sighting.rule,
      title: sighting.title.slice(0, TITLE_UNITS_MAX),
      description: sighting.description,
      severity: sighting.severity,
      status: exception === undefined ? "new" : "accepted",
      ...(exception !== undefined && { acceptedUntil: exception.expiresAt, exception: exception.id }),
      ...(owner !== undefined && { owner }),
      score: 0,
      scoreParts: [],
      groupKey: sighting.groupKey,
      firstSeen: sighting.firstSeen,
      lastSeen: sighting.lastSeen,
      count: 1,
      exchanges: newest(sighting.exchanges, [], EVENTS_MAX),
      events: newest(sighting.events, [], EVENTS_MAX),
      sources: newest(sighting.sources, [], SOURCES_MAX),
      entities: { ...sighting.entities },
      ...(sighting.explanation !== undefined && { explanation: sighting.explanation }),
      tags: [...sighting.tags],
      triage: sighting.triage,
      history,
    },
    occasion,
  );
};

/**
 * Adds one sighting to the findings: a new one, or one more occurrence of `existing` (same rule and group).
 * A resolved finding that comes back is a new finding that names the old one. A false positive stays one and is only
 * counted, so that a verdict on noise does not have to be repeated; so is an accepted one until its time is over,
 * and then it is open again. Events may arrive late or twice; times only ever widen.
 */
export const foldSighting = (sighting: Sighting, existing: Finding | undefined, occasion: Occasion): Finding => {
  if (existing === undefined || existing.status === "resolved") return begin(sighting, occasion, existing);
  const raised = maxSeverity(existing.severity, sighting.severity);
  const isOver = existing.status === "accepted" && (existing.acceptedUntil ?? "") <= occasion.now;
  const changes = [
    ...(raised === existing.severity ? [] : [`severity ${existing.severity} → ${raised}`]),
    ...(isOver ? ["status accepted → new: the time for which it was accepted is over"] : []),
  ];
  const { acceptedUntil, exception, ...rest } = existing;
  return scored(
    {
      ...rest,
      ...(!isOver && acceptedUntil !== undefined && { acceptedUntil }),
      ...(!isOver && exception !== undefined && { exception }),
      ...(isOver && { status: "new" as const }),
      ...(sighting.explanation !== undefined && { explanation: sighting.explanation }),
      severity: raised,
      firstSeen: sighting.firstSeen < existing.firstSeen ? sighting.firstSeen : existing.firstSeen,
      lastSeen: sighting.lastSeen > existing.lastSeen ? sighting.lastSeen : existing.lastSeen,
      count: existing.count + 1,
      exchanges: newest(sighting.exchanges, existing.exchanges, EVENTS_MAX),
      events: newest(sighting.events, existing.events, EVENTS_MAX),
      sources: newest(existing.sources, sighting.sources, SOURCES_MAX),
      history: [...existing.history, ...changes.map((change) => ({ time: occasion.now, actor: "system", change }))],
    },
    occasion,
  );
};
