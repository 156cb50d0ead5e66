import type { Dimension } from "@parapet/model";
import type { Baseline } from "./baseline.ts";
import type { LevelProfile } from "./level.ts";
import { median, robustScale } from "./statistics.ts";

/** What the members of a peer group have in common, for those who have no history of their own. */
export interface PeerGroup {
  readonly members: number;
  readonly events: LevelProfile;
  readonly tokens: LevelProfile;
}

export interface Peers {
  readonly groups: ReadonlyMap<string, PeerGroup>;
  /** How many of a dimension know a name: `dimension feature=value`. */
  readonly knownBy: ReadonlyMap<string, number>;
}

const VALUES_MAX = 100_000;

export const groupKey = ({ dimension, group }: { readonly dimension: Dimension; readonly group: string }): string =>
  `${dimension} ${group}`;
export const valueKey = (dimension: Dimension, feature: string, name: string): string =>
  `${dimension} ${feature}=${name}`;

export const learnPeers = (baselines: Iterable<Baseline>): Peers => {
  const members = new Map<string, Baseline["week"][]>();
  const knownBy = new Map<string, number>();
  for (const baseline of baselines) {
    for (const [feature, { names }] of Object.entries(baseline.values))
      for (const name of names) {
        const key = valueKey(baseline.dimension, feature, name);
        if (knownBy.size < VALUES_MAX || knownBy.has(key)) knownBy.set(key, (knownBy.get(key) ?? 0) + 1);
      }
    if (!baseline.ready) continue;
    const key = groupKey(baseline);
    members.set(key, [...(members.get(key) ?? []), baseline.week]);
  }
  const groups = [...members].map(([key, weeks]): [string, PeerGroup] => [
    key,
    {
      members: weeks.length,
      events: common(weeks.map(({ events }) => events)),
      tokens: common(weeks.map(({ tokens }) => tokens)),
    },
  ]);
  return { groups: new Map(groups), knownBy };
};

/** One expectation for all hours: how high the members are at their busiest, and how they differ in that. */
const common = (profiles: readonly LevelProfile[]): LevelProfile => {
  const peaks = profiles.map((one) => Math.max(one.centre, ...one.slots));
  const centre = median(peaks);
  const between = robustScale(peaks.map((peak) => peak - centre));
  const within = median(profiles.map(({ scale }) => scale));
  const samples = profiles.reduce((sum, one) => sum + one.samples, 0);
  return { slots: [], centre, scale: Math.hypot(between, within), samples };
};
