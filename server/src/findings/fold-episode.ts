import { type Finding, maxSeverity } from "@parapet/model";
import type { Correlation, Episode } from "#rules";
import { EVENTS_MAX, EXCHANGES_MAX, TITLE_UNITS_MAX, type Occasion } from "./fold-hit.ts";
import { shownValue } from "./shown-value.ts";

export const groupKeyOfEpisode = ({ group }: Pick<Episode, "group">): string => JSON.stringify(Object.entries(group));

const titleOf = (correlation: Correlation, { group }: Episode): string =>
  correlation.findingTitle
    .replace(/\{([A-Za-z0-9_.]+)\}/g, (_, field: string) => shownValue(group[field] ?? "") || "unknown")
    .slice(0, TITLE_UNITS_MAX);

const newest = (episode: Episode, of: "event" | "exchange", before: readonly string[], max: number): string[] => {
  const fresh = episode.hits.toReversed().map((hit) => hit[of]);
  return [...new Set([...fresh, ...before])].filter((id) => id !== "").slice(0, max);
};

const toTime = (ms: number): string => new Date(ms).toISOString();

/**
 * Adds one stretch in which a correlation held to its findings. `last`: the newest finding of the correlation and
 * group. A stretch that the finding has, or a part of it, is no other occurrence, so looking twice changes nothing:
 * undefined then. What goes on or comes back after a finding was resolved is a new one.
 */
export const foldEpisode = (
  correlation: Correlation,
  episode: Episode,
  last: Finding | undefined,
  { now, newId }: Occasion,
): Finding | undefined => {
  const { startMs, endMs } = episode;
  const lastMs = last === undefined ? Number.NEGATIVE_INFINITY : Date.parse(last.lastSeen);
  if (endMs <= lastMs) return undefined;
  if (last === undefined || last.status === "resolved") {
    return {
      id: newId,
      rule: correlation.key,
      title: titleOf(correlation, episode),
      description: correlation.description,
      severity: correlation.severity,
      status: "new",
      groupKey: groupKeyOfEpisode(episode),
      firstSeen: toTime(startMs),
      lastSeen: toTime(endMs),
      count: 1,
      exchanges: newest(episode, "exchange", [], EXCHANGES_MAX),
      events: newest(episode, "event", [], EVENTS_MAX),
      entities: Object.fromEntries(Object.entries(episode.group).map(([field, value]) => [field, shownValue(value)])),
      tags: [...correlation.tags],
      triage: correlation.triage,
      history: [
        {
          time: now,
          actor: "system",
          change: last === undefined ? "created" : "created: it came back after being resolved",
          ...(last === undefined ? {} : { comment: `Earlier finding ${last.id}` }),
        },
      ],
    };
  }
  return {
    ...last,
    severity: maxSeverity(last.severity, correlation.severity),
    firstSeen: toTime(Math.min(startMs, Date.parse(last.firstSeen))),
    lastSeen: toTime(endMs),
    count: last.count + (startMs > lastMs ? 1 : 0),
    exchanges: newest(episode, "exchange", last.exchanges, EXCHANGES_MAX),
    events: newest(episode, "event", last.events ?? [], EVENTS_MAX),
  };
};
