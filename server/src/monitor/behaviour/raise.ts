import { FindingId, type Finding, type Severity } from "@parapet/model";
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
}

const TITLE_UNITS_MAX = 256;
const NAME_UNITS_MAX = 200;
/** Names come from callers: what does not show is dropped, and length is bounded. */
const shown = (name: string): string => name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").slice(0, NAME_UNITS_MAX);

export const groupKeyOf = (entities: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(entities));

/** Opens a finding, or counts once more on the one that is open and lets it say the newest sentence. */
export const raise = async ({ control, tenant, clock }: BehaviourTools, raised: Raised): Promise<void> => {
  const { rule, sentence, atMs } = raised;
  const groupKey = groupKeyOf(raised.entities);
  const now = timeOf(clock.now());
  const time = timeOf(atMs);
  const open = await control.findOpenFinding(tenant, rule, groupKey);
  const finding: Finding =
    open === undefined
      ? {
          id: FindingId.parse(uuidv7(clock.now())),
          rule,
          title: shown(raised.title).slice(0, TITLE_UNITS_MAX),
          description: sentence,
          severity: raised.severity,
          status: "new",
          groupKey,
          firstSeen: time,
          lastSeen: time,
          count: 1,
          exchanges: [],
          entities: Object.fromEntries(Object.entries(raised.entities).map(([name, value]) => [name, shown(value)])),
          tags: [...raised.tags],
          triage: raised.triage,
          history: [{ time: now, actor: "system", change: "created" }],
        }
      : {
          ...open,
          description: sentence,
          firstSeen: time < open.firstSeen ? time : open.firstSeen,
          lastSeen: time > open.lastSeen ? time : open.lastSeen,
          count: open.count + 1,
        };
  await control.putFinding(tenant, finding);
};
