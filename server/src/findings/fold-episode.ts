import type { Finding } from "@parapet/model";
import type { Correlation, Episode } from "#rules";
import { foldSighting, type Occasion, type Sighting } from "./fold-sighting.ts";
import { shownValue } from "./shown-value.ts";

export const groupKeyOfEpisode = ({ group }: Pick<Episode, "group">): string => JSON.stringify(Object.entries(group));

const titleOf = (correlation: Correlation, { group }: Episode): string =>
  correlation.findingTitle.replace(
    /\{([A-Za-z0-9_.]+)\}/g,
    (_, field: string) => shownValue(group[field] ?? "") || "unknown",
  );

const toTime = (ms: number): string => new Date(ms).toISOString();

const explanationOf = (correlation: Correlation, episode: Episode): string => {
  const { count, startMs, endMs, value } = episode;
  const conditions = correlation.bounds.map((one) => `${one.bound} ${one.value}`).join(" and ");
  const number = Number.isInteger(value) ? String(value) : value.toFixed(2);
  const wanted = conditions === "" ? "" : ` (${number}, where it fires at ${conditions})`;
  return `${correlation.type} over ${[...new Set(correlation.rules)].join(", ")}: ${count} hits from ${toTime(startMs)} to ${toTime(endMs)}${wanted}.`;
};

const sightingOf = (correlation: Correlation, episode: Episode): Sighting => {
  const newest = episode.hits.toReversed();
  return {
    rule: correlation.key,
    title: titleOf(correlation, episode),
    description: correlation.description,
    severity: correlation.severity,
    tags: correlation.tags,
    triage: correlation.triage,
    groupKey: groupKeyOfEpisode(episode),
    entities: Object.fromEntries(Object.entries(episode.group).map(([field, value]) => [field, shownValue(value)])),
    firstSeen: toTime(episode.startMs),
    lastSeen: toTime(episode.endMs),
    exchanges: newest.map(({ exchange }) => exchange),
    events: newest.map(({ event }) => event),
    sources: [],
    explanation: explanationOf(correlation, episode),
  };
};

/**
 * Adds one stretch in which a correlation held to its findings. `last`: the newest finding of the correlation and
 * group. A stretch that the finding has, or a part of it, is no other occurrence, so looking twice changes nothing:
 * undefined then. What goes on or comes back after a finding was resolved is a new one.
 */
export const foldEpisode = (
  correlation: Correlation,
  episode: Episode,
  last: Finding | undefined,
  occasion: Occasion,
): Finding | undefined => {
  const lastMs = last === undefined ? Number.NEGATIVE_INFINITY : Date.parse(last.lastSeen);
  if (episode.endMs <= lastMs) return undefined;
  const folded = foldSighting(sightingOf(correlation, episode), last, occasion);
  const goesOn = last !== undefined && folded.id === last.id && episode.startMs <= lastMs;
  return goesOn ? { ...folded, count: last.count } : folded;
};
