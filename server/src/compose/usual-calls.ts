import { DEFAULT_TENANT } from "@parapet/model";
import { createUsualCalls, KeptUsual, type UsualCalls } from "#approvals";
import { hmacHex, systemClock, toTimestamp, type Logger } from "#platform";
import type { ControlStore } from "#storage";

const KIND = "usual-call";
const KEEP_MS = 30_000;
const KEPT_DAYS_MS = 180 * 86_400_000;
const KEPT_MAX = 2_000;

export interface KeptUsualCalls {
  readonly usual: UsualCalls;
  /** Keeps what was learned last. */
  readonly stop: () => Promise<void>;
}

/** What calls usually look like, kept over restarts as digests and ranges. */
export const openUsualCalls = async (control: ControlStore, key: Buffer, logger: Logger): Promise<KeptUsualCalls> => {
  const usual = createUsualCalls(key);
  const kept = await control.listNotes(DEFAULT_TENANT, KIND, { limit: KEPT_MAX });
  usual.restore(kept.toReversed().flatMap(({ data }) => KeptUsual.safeParse(data).data ?? []));
  const keep = async (): Promise<void> => {
    const time = toTimestamp(systemClock.now());
    for (const one of usual.takeChanged()) {
      const { tenant, actor, server, tool } = one.names;
      const id = hmacHex(key, "usual-call", actor, server, tool);
      await control.putNotes(tenant, [{ kind: KIND, id, subject: `principal ${actor}`, time, data: one }]);
    }
    const before = toTimestamp(systemClock.now() - KEPT_DAYS_MS);
    await control.deleteNotes(DEFAULT_TENANT, { kind: KIND, before });
  };
  const trouble = (error: unknown): void => logger.warn({ error }, "what calls usually look like could not be kept");
  const keeping = setInterval(() => void keep().catch(trouble), KEEP_MS);
  keeping.unref();
  return {
    usual,
    stop: async () => {
      clearInterval(keeping);
      await keep().catch(trouble);
    },
  };
};
