import type { CoverageItem, CoverageSignal, CoverageSource, CoverageState, Framework } from "@parapet/model";

export interface Computed {
  readonly items: CoverageItem[];
  readonly next: { readonly source: string; readonly effort: number; readonly closes: string[] }[];
}

/**
 * Attack against signals against what really arrives. A signal counts for an item and for everything the item is part
 * of: one of `aml.t0051.001` covers `aml.t0051` too, not the other way round.
 */
export const computeCoverage = (
  frameworks: readonly Framework[],
  signals: readonly CoverageSignal[],
  sources: readonly CoverageSource[],
): Computed => {
  const live = new Set(sources.filter(({ events }) => events > 0).map(({ id }) => id));
  const effortOf = new Map(sources.map(({ id, effort }) => [id, effort]));
  const items = frameworks.flatMap((framework) =>
    framework.items.map(({ id, name, groups, outside }): CoverageItem => {
      const tag = `${framework.tag}.${id}`;
      const own = signals
        .filter(({ tags }) => tags.some((one) => one.toLowerCase() === tag || one.toLowerCase().startsWith(`${tag}.`)))
        .map((signal) => ({
          id: signal.id,
          live: signal.sources.some((source) => live.has(source)),
          sources: [...signal.sources],
        }));
      const state = stateOf(own, outside);
      const closing = state === "blind" ? cheapest(own, effortOf) : undefined;
      return {
        framework: framework.id,
        id,
        name,
        groups,
        state,
        ...(outside !== undefined && { outside }),
        signals: own,
        ...(closing !== undefined && { closedBy: closing }),
      };
    }),
  );
  return { items, next: nextSources(items, live, effortOf) };
};

const stateOf = (signals: readonly { readonly live: boolean }[], outside: string | undefined): CoverageState => {
  if (signals.length === 0) return outside === undefined ? "unwatched" : "outside";
  const seen = signals.filter((signal) => signal.live).length;
  return seen === 0 ? "blind" : seen === signals.length ? "covered" : "partial";
};

const cheapest = (
  signals: readonly { readonly sources: readonly string[] }[],
  effortOf: ReadonlyMap<string, number>,
): { readonly source: string; readonly effort: number } | undefined =>
  [...new Set(signals.flatMap(({ sources }) => sources))]
    .flatMap((source) => {
      const effort = effortOf.get(source);
      return effort === undefined ? [] : [{ source, effort }];
    })
    .toSorted((left, right) => left.effort - right.effort || (left.source < right.source ? -1 : 1))[0];

/** What each source that is not live would close by itself. */
const nextSources = (
  items: readonly CoverageItem[],
  live: ReadonlySet<string>,
  effortOf: ReadonlyMap<string, number>,
): Computed["next"] =>
  [...effortOf]
    .filter(([source]) => !live.has(source))
    .map(([source, effort]) => ({
      source,
      effort,
      closes: items
        .filter(({ state, signals }) => state === "blind" && signals.some((one) => one.sources.includes(source)))
        .map(({ framework, id }) => `${framework}.${id}`),
    }))
    .filter(({ closes }) => closes.length > 0)
    .toSorted(
      (left, right) =>
        right.closes.length / right.effort - left.closes.length / left.effort || (left.source < right.source ? -1 : 1),
    );
