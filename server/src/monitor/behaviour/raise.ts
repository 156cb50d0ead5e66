import { FindingId, type FindingSample, type Severity } from "@parapet/model";
import { foldSighting } from "#findings";
import { uuidv7 } from "#platform";
import { type BehaviourTools, timeOf } from "./tools.ts";

/** What a finding of behaviour is about: those of one rule and group are one finding. */
export interface Raised {
  readonly rule: string;
  readonly title: string;
  readonly sentence: string;
  readonly severity: Severity;
  readonly entities: Readonly<Record<string, string>>;
  readonly atMs: number;
  readonly tags: readonly string[];
  readonly triage: string;
  /** Events that show it; none may be at hand. */
  readonly samples?: readonly FindingSample[];
}

const NAME_UNITS_MAX = 200;
/** Names come from callers: what does not show is dropped, and length is bounded. */
const shown = (name: string): string => name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").slice(0, NAME_UNITS_MAX);

export const groupKeyOf = (entities: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(entities));

/** Opens a finding, or counts once more on the one that is open and lets it say the newest sentence. */
export const raise = async ({ control, tenant, clock, assets }: BehaviourTools, raised: Raised): Promise<void> => {
  const { rule, sentence, atMs, samples = [] } = raised;
  const groupKey = groupKeyOf(raised.entities);
  const nowMs = clock.now();
  const time = timeOf(atMs);
  const finding = foldSighting(
    {
      rule,
      title: shown(raised.title),
      description: sentence,
      severity: raised.severity,
      tags: raised.tags,
      triage: raised.triage,
      groupKey,
      entities: Object.fromEntries(Object.entries(raised.entities).map(([name, value]) => [name, shown(value)])),
      firstSeen: time,
      lastSeen: time,
      exchanges: samples.flatMap(({ exchange }) => exchange ?? []),
      events: samples.map(({ event }) => event),
      sources: [],
    },
    await control.findFindingOf(tenant, rule, groupKey),
    {
      now: timeOf(nowMs),
      newId: FindingId.parse(uuidv7(nowMs)),
      assets,
      exceptions: await control.listExceptions(tenant, nowMs),
    },
  );
  // Each time it is another number, and other events.
  await control.putFinding(tenant, {
    ...finding,
    description: sentence,
    ...(samples.length > 0 && { samples: [...samples] }),
  });
};
