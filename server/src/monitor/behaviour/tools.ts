import type { AssetValue, BehaviourConfiguration, Dimension, TenantId, Timestamp } from "@parapet/model";
import type { Clock, Logger } from "#platform";
import { toTimestamp } from "#platform";
import type { ControlStore, EventStore } from "#storage";
import type { SubjectKeys } from "../subject-keys.ts";

export interface BehaviourTools {
  readonly tenant: TenantId;
  readonly events: EventStore;
  readonly control: ControlStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: BehaviourConfiguration;
  readonly assets: readonly AssetValue[];
}

/** Of looks that show events of what they find. */
export interface LookTools extends BehaviourTools {
  /** Opens what was said in the few events that are shown. */
  readonly subjects: Pick<SubjectKeys, "existing">;
  /** Keys signatures and topics, as in the hours. */
  readonly signatureSeed: number;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const hourStart = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;
export const dayStart = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;
export const timeOf = (ms: number): Timestamp => toTimestamp(ms);

/** How somebody is named in notes. */
export const subjectOf = (dimension: Dimension, id: string): string => `${dimension} ${id}`;

/** Lets whoever shares the event loop have a turn. */
export const breathe = async (): Promise<void> => {
  await new Promise(setImmediate);
};

const MARK = "mark";

/** How far a pass has come, milliseconds; survives a restart. */
export const readMark = async ({ control, tenant }: BehaviourTools, pass: string): Promise<number | undefined> => {
  const [note] = await control.listNotes(tenant, MARK, { ids: [pass] });
  return typeof note?.data === "number" ? note.data : undefined;
};

export const writeMark = ({ control, tenant, clock }: BehaviourTools, pass: string, ms: number): Promise<void> =>
  control.putNotes(tenant, [{ kind: MARK, id: pass, subject: "", time: timeOf(clock.now()), data: ms }]);
