import type { Link, RelatedName } from "@parapet/model";

const HOPS_MAX = 3;
const RELATED_MAX = 200;
/** A name that belongs to more names than this (a proxy's address, a shared account) tells nothing about any of them. */
const HUB_LINKS = 32;

export interface LinkGraph {
  /** True when the link is new, or was last seen longer ago than `staleMs`: it is worth storing. */
  readonly learn: (link: Link, staleMs: number) => boolean;
  /** Names that belong to this one, surest first; the name itself is not among them. */
  readonly related: (name: string, confidenceMin: number) => readonly RelatedName[];
  readonly size: () => number;
}

/** The links that are known, in memory, at most `linksMax`; the one seen longest ago gives way. */
export const createLinkGraph = (known: readonly Link[], linksMax = 100_000): LinkGraph => {
  // The order of the map is that of the last change, so its first entry is the oldest.
  const links = new Map<string, Link>();
  const byName = new Map<string, Map<string, Link>>();

  const connect = (name: string, other: string, link: Link): void => {
    const its = byName.get(name) ?? new Map<string, Link>();
    const before = its.get(other);
    // Between two names the surest link counts.
    if (before === undefined || before.rule === link.rule || before.confidence <= link.confidence) its.set(other, link);
    byName.set(name, its);
  };
  const disconnect = (name: string, other: string): void => {
    const its = byName.get(name);
    its?.delete(other);
    if (its?.size === 0) byName.delete(name);
  };
  const put = (link: Link): void => {
    const key = keyOf(link);
    links.delete(key);
    links.set(key, link);
    connect(link.one, link.other, link);
    connect(link.other, link.one, link);
    if (links.size <= linksMax) return;
    for (const [oldest, { one, other }] of links) {
      links.delete(oldest);
      disconnect(one, other);
      disconnect(other, one);
      break;
    }
  };
  for (const link of known.toSorted((left, right) => (left.lastSeen < right.lastSeen ? -1 : 1))) put(link);

  return {
    size: () => links.size,
    learn: (link, staleMs) => {
      const before = links.get(keyOf(link));
      if (before !== undefined && Date.parse(link.lastSeen) - Date.parse(before.lastSeen) <= staleMs) return false;
      put(before === undefined ? link : { ...link, firstSeen: before.firstSeen });
      return true;
    },
    related: (name, confidenceMin) => {
      const found = new Map<string, RelatedName>();
      let edge: readonly RelatedName[] = [{ name, confidence: 1, via: [] }];
      for (let hop = 0; hop < HOPS_MAX && edge.length > 0; hop += 1) {
        const next = new Map<string, RelatedName>();
        for (const { name: from, confidence, via } of edge) {
          const its = byName.get(from);
          if (its === undefined || (via.length > 0 && its.size > HUB_LINKS)) continue;
          for (const [to, link] of its) {
            const surely = Math.min(confidence, link.confidence);
            if (to === name || surely < confidenceMin) continue;
            const before = next.get(to) ?? found.get(to);
            if (before !== undefined && before.confidence >= surely) continue;
            next.set(to, { name: to, confidence: surely, via: [...via, link] });
          }
        }
        for (const [to, related] of next) found.set(to, related);
        edge = [...next.values()];
        if (found.size >= RELATED_MAX) break;
      }
      return [...found.values()]
        .toSorted((left, right) => right.confidence - left.confidence || left.via.length - right.via.length)
        .slice(0, RELATED_MAX);
    },
  };
};

const keyOf = ({ one, other, rule }: Link): string => JSON.stringify([one, other, rule]);
