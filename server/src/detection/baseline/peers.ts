import type { Dimension } from "@parapet/model";
import type { Baseline } from "./baseline.ts";
import type { LevelProfile } from "./level.ts";
import { median, robustScale } from "./statistics.ts";

/** What the members of a peer group have in common, for those who have no history of their own. */
export interface PeerGroup {
  readonly members: number;
  /** Of their busiest hours. */
  readonly events: LevelProfile;
  readonly tokens: LevelProfile;
  /** Of their days. */
  readonly day: { readonly events: LevelProfile; readonly tokens: LevelProfile };
}

export interface Peers {
  /** By circle. */
  readonly groups: ReadonlyMap<string, PeerGroup>;
  /** How many of a dimension know a name: `dimension feature=value`. */
  readonly knownBy: ReadonlyMap<string, number>;
}

const VALUES_MAX = 100_000;
/** Hours of activity from which somebody counts as a peer while too few are ready: the young know together what none does alone. */
const YOUNG_HOURS_MIN = 8;
const READY_ENOUGH = 5;
/** The first who are ready are the busiest: until they are so many of all, all are peers. */
const READY_SHARE = 0.5;

type Grouped = Pick<Baseline, "dimension" | "id" | "group">;

/** People are no peers of programs, though both use one route. */
const kindKey = ({ dimension, id }: Grouped): string =>
  `${dimension} ${dimension === "principal" ? id.slice(0, id.indexOf(":") + 1) : ""}`;
const groupKey = (one: Grouped): string => `${kindKey(one)} ${one.group}`;

/**
 * Whom somebody is compared with: the narrowest circle that has enough members, which is those of its agent or route,
 * else all of its kind. Whoever comes by a way that nobody else takes has a kind all the same.
 */
export const circlesOf = (one: Grouped): readonly string[] => [groupKey(one), kindKey(one)];
export const valueKey = (dimension: Dimension, feature: string, name: string): string =>
  `${dimension} ${feature}=${name}`;

/** Peers are learned from one baseline after the other, so that nobody has to hold all. */
export const learnPeers = () => {
  const members = new Map<string, Member[]>();
  const knownBy = new Map<string, number>();
  return {
    add: (baseline: Baseline): void => {
      for (const [feature, { names }] of Object.entries(baseline.values))
        for (const name of names) {
          const key = valueKey(baseline.dimension, feature, name);
          if (knownBy.size < VALUES_MAX || knownBy.has(key)) knownBy.set(key, (knownBy.get(key) ?? 0) + 1);
        }
      if (baseline.hours < YOUNG_HOURS_MIN) return;
      const { week, day } = baseline;
      const member = {
        isReady: baseline.ready,
        events: peakOf(week.events),
        tokens: peakOf(week.tokens),
        dayEvents: peakOf(day.events),
        dayTokens: peakOf(day.tokens),
      };
      for (const circle of circlesOf(baseline)) {
        const others = members.get(circle) ?? [];
        members.set(circle, others);
        others.push(member);
      }
    },
    all: (): Peers => {
      const groups = [...members].map(([key, known]): [string, PeerGroup] => {
        const ready = known.filter(({ isReady }) => isReady);
        const all = ready.length >= Math.max(READY_ENOUGH, READY_SHARE * known.length) ? ready : known;
        const group = {
          members: all.length,
          events: common(all.map(({ events }) => events)),
          tokens: common(all.map(({ tokens }) => tokens)),
          day: {
            events: common(all.map(({ dayEvents }) => dayEvents)),
            tokens: common(all.map(({ dayTokens }) => dayTokens)),
          },
        };
        return [key, group];
      });
      return { groups: new Map(groups), knownBy };
    },
  };
};

interface Peak {
  readonly peak: number;
  readonly scale: number;
  readonly samples: number;
}
interface Member {
  readonly isReady: boolean;
  readonly events: Peak;
  readonly tokens: Peak;
  readonly dayEvents: Peak;
  readonly dayTokens: Peak;
}

const peakOf = ({ centre, slots, scale, samples }: LevelProfile): Peak => ({
  peak: Math.max(centre, ...slots),
  scale,
  samples,
});

/** One expectation for all hours: how high the members are at their busiest, and how they differ in that. */
const common = (members: readonly Peak[]): LevelProfile => {
  const centre = median(members.map(({ peak }) => peak));
  const between = robustScale(members.map(({ peak }) => peak - centre));
  const within = median(members.map(({ scale }) => scale));
  return {
    slots: [],
    centre,
    scale: Math.hypot(between, within),
    samples: members.reduce((sum, one) => sum + one.samples, 0),
  };
};
