import { FindingId, type Event, type Finding } from "@parapet/model";
import { foldHit, groupKeyOf } from "#findings";
import { toTimestamp, uuidv7, type Clock } from "#platform";
import type { RuleSet } from "#rules";
import type { ControlStore } from "#storage";

export interface Detection {
  /** Runs all rules over a batch and folds what held into findings. */
  readonly run: (events: readonly Event[]) => Promise<void>;
}

/** Sigma rules over the stream of events; each hit makes a finding or raises the count of one. */
export const createDetection = (options: {
  readonly rules: () => RuleSet;
  readonly control: ControlStore;
  readonly clock: Clock;
}): Detection => {
  const { control, clock } = options;
  return {
    run: async (events) => {
      const rules = options.rules();
      const changed = new Map<string, { readonly event: Event; readonly finding: Finding }>();
      for (const event of events) {
        for (const rule of rules.hits(event)) {
          const group = groupKeyOf(rule, event);
          const name = `${event.tenant} ${rule.key} ${group}`;
          const known = changed.get(name)?.finding ?? (await control.findOpenFinding(event.tenant, rule.key, group));
          // A batch that is drained twice must not count twice.
          if (known !== undefined && event.exchange !== undefined && known.exchanges.includes(event.exchange)) continue;
          const nowMs = clock.now();
          const occasion = { now: toTimestamp(nowMs), newId: FindingId.parse(uuidv7(nowMs)) };
          changed.set(name, { event, finding: foldHit({ rule, event }, known, occasion) });
        }
      }
      for (const { event, finding } of changed.values()) await control.putFinding(event.tenant, finding);
    },
  };
};
