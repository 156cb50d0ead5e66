import {
  FindingId,
  type AssetValue,
  type Event,
  type Finding,
  type FindingException,
  type TenantId,
} from "@parapet/model";
import { foldHit, groupKeyOf } from "#findings";
import { toTimestamp, uuidv7, type Clock } from "#platform";
import type { Rule, RuleSet } from "#rules";
import type { ControlStore, Hit } from "#storage";

// A few milliseconds of the event loop, which the gateway may share.
const EVENTS_AT_ONCE = 400;

export interface ChangedFinding {
  readonly tenant: TenantId;
  readonly finding: Finding;
}

/** One rule that held for one event. */
interface Held {
  readonly rule: Rule;
  readonly event: Event;
  readonly fields: Hit["fields"];
  readonly reports: boolean;
}

export interface Detection {
  /** Runs all rules over a batch. */
  readonly match: (events: readonly Event[]) => Promise<readonly Held[]>;
  /** The findings as they stand after what held. Stores nothing. */
  readonly fold: (held: readonly Held[]) => Promise<ChangedFinding[]>;
  /** May be repeated. */
  readonly store: (changed: readonly ChangedFinding[]) => Promise<void>;
}

export const toHit = ({ rule, event, fields }: Held): Hit => ({
  tenant: event.tenant,
  rule: rule.key,
  version: rule.version,
  event: event.id,
  time: event.time,
  exchange: event.exchange ?? "",
  fields,
});

/** Sigma rules over the stream of events; each hit makes a finding or raises the count of one. */
export const createDetection = (options: {
  readonly rules: () => RuleSet;
  readonly control: ControlStore;
  readonly assets: readonly AssetValue[];
  readonly clock: Clock;
}): Detection => {
  const { control, clock } = options;
  return {
    match: async (events) => {
      const rules = options.rules();
      const held: Held[] = [];
      for (const [position, event] of events.entries()) {
        if (position % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) await new Promise(setImmediate);
        for (const rule of rules.hits(event))
          held.push({ rule, event, fields: rules.hitFields(rule.key, event), reports: rules.reports(rule.key) });
      }
      return held;
    },
    fold: async (held) => {
      const changed = new Map<string, ChangedFinding>();
      const exceptions = new Map<TenantId, readonly FindingException[]>();
      const exceptionsOf = async (tenant: TenantId): Promise<readonly FindingException[]> => {
        const known = exceptions.get(tenant) ?? (await control.listExceptions(tenant, clock.now()));
        exceptions.set(tenant, known);
        return known;
      };
      for (const { rule, event, reports } of held) {
        if (!reports) continue;
        const group = groupKeyOf(rule, event);
        const name = `${event.tenant} ${rule.key} ${group}`;
        const known = changed.get(name)?.finding ?? (await control.findFindingOf(event.tenant, rule.key, group));
        // The records of one exchange are one occurrence.
        if (known !== undefined && event.exchange !== undefined && known.exchanges.includes(event.exchange)) continue;
        const nowMs = clock.now();
        const occasion = {
          now: toTimestamp(nowMs),
          newId: FindingId.parse(uuidv7(nowMs)),
          assets: options.assets,
          exceptions: await exceptionsOf(event.tenant),
        };
        changed.set(name, { tenant: event.tenant, finding: foldHit({ rule, event }, known, occasion) });
      }
      return [...changed.values()];
    },
    store: async (changed) => {
      for (const [tenant, all] of Map.groupBy(changed, (one) => one.tenant))
        await control.putFindings(
          tenant,
          all.map(({ finding }) => finding),
        );
    },
  };
};
