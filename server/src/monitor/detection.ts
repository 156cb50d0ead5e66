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
import type { RuleSet } from "#rules";
import type { ControlStore } from "#storage";

// A few milliseconds of the event loop, which the gateway may share.
const EVENTS_AT_ONCE = 400;

export interface ChangedFinding {
  readonly tenant: TenantId;
  readonly finding: Finding;
}

export interface Detection {
  /** Runs all rules over a batch and answers the findings as they stand after it. Stores nothing. */
  readonly fold: (events: readonly Event[]) => Promise<ChangedFinding[]>;
  /** May be repeated. */
  readonly store: (changed: readonly ChangedFinding[]) => Promise<void>;
}

/** Sigma rules over the stream of events; each hit makes a finding or raises the count of one. */
export const createDetection = (options: {
  readonly rules: () => RuleSet;
  readonly control: ControlStore;
  readonly assets: readonly AssetValue[];
  readonly clock: Clock;
}): Detection => {
  const { control, clock } = options;
  return {
    fold: async (events) => {
      const rules = options.rules();
      const changed = new Map<string, ChangedFinding>();
      const exceptions = new Map<TenantId, readonly FindingException[]>();
      const exceptionsOf = async (tenant: TenantId): Promise<readonly FindingException[]> => {
        const known = exceptions.get(tenant) ?? (await control.listExceptions(tenant, clock.now()));
        exceptions.set(tenant, known);
        return known;
      };
      for (const [position, event] of events.entries()) {
        if (position % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) await new Promise(setImmediate);
        for (const rule of rules.hits(event)) {
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
      }
      return [...changed.values()];
    },
    store: async (changed) => {
      for (const { tenant, finding } of changed) await control.putFinding(tenant, finding);
    },
  };
};
