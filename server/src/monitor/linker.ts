import type { Event, Link, LinkRule, RelatedName, TenantId } from "@parapet/model";
import { createLinkFinder, createLinkGraph, nameAgent, type LinkGraph } from "#links";
import type { ControlStore } from "#storage";

/** A link is stored again when it was last stored longer ago than this. */
const STALE_MS = 600_000;
const LINKS_MAX = 100_000;

/** Learns which names belong together from what passes, and names agents where events do not. */
export interface Linker {
  /** Must not be asked about a tenant that was not read yet; see `ready`. */
  readonly name: (event: Event) => Event;
  readonly related: (tenant: TenantId, name: string, confidenceMin: number) => readonly RelatedName[];
  /** Reads the links of a tenant once. */
  readonly ready: (tenant: TenantId) => Promise<void>;
  /** Stores what was learnt since. What fails is learnt again, from later events. */
  readonly store: () => Promise<void>;
  /** Forgets an erased name. */
  readonly forget: (tenant: TenantId, name: string) => Promise<void>;
}

export const createLinker = (rules: readonly LinkRule[], control: ControlStore): Linker => {
  const find = createLinkFinder(rules);
  const graphs = new Map<TenantId, LinkGraph>();
  let fresh: { readonly tenant: TenantId; readonly link: Link }[] = [];

  const read = async (tenant: TenantId): Promise<void> => {
    graphs.set(tenant, createLinkGraph(await control.listLinks(tenant, LINKS_MAX), LINKS_MAX));
  };
  return {
    ready: async (tenant) => {
      if (!graphs.has(tenant)) await read(tenant);
    },
    name: (event) => {
      const graph = graphs.get(event.tenant);
      if (graph === undefined) throw new Error("the links of this tenant were not read");
      // Before it is named, so that a join never becomes the ground of another.
      for (const link of find(event)) if (graph.learn(link, STALE_MS)) fresh.push({ tenant: event.tenant, link });
      return nameAgent(event, graph);
    },
    related: (tenant, name, confidenceMin) => graphs.get(tenant)?.related(name, confidenceMin) ?? [],
    store: async () => {
      const learnt = Map.groupBy(fresh, ({ tenant }) => tenant);
      fresh = [];
      for (const [tenant, links] of learnt)
        await control.putLinks(
          tenant,
          links.map(({ link }) => link),
        );
    },
    forget: async (tenant, name) => {
      fresh = fresh.filter(({ link }) => link.one !== name && link.other !== name);
      if ((await control.deleteLinks(tenant, { name })) > 0) await read(tenant);
    },
  };
};
