import { CaptureMode, DEFAULT_TENANT, SourceConfiguration, type AuditRecord, type TenantId } from "@parapet/model";
import { toTimestamp, type Clock, type Logger } from "#platform";
import type { Source } from "#sources";
import type { ControlStore } from "#storage";
import type { Feed } from "./feed.ts";
import { createHealth, FeedTotals } from "./health.ts";
import type { FeedParts } from "./intake.ts";
import { createQuota } from "./quota.ts";

/** What a feed tells the monitor of itself. */
export type FeedNote = Pick<AuditRecord, "type" | "target" | "outcome" | "detail">;

export interface Feeds {
  readonly all: () => readonly FeedParts[];
  readonly find: (id: string) => FeedParts | undefined;
  /** Configured, or by the id of a source in the catalogue: for callers that need no credential of a source. */
  readonly findOrMake: (id: string) => Promise<FeedParts | undefined>;
  readonly catalogue: readonly Source[];
  /** Looks at the clocks, and keeps the counters. */
  readonly tick: () => Promise<void>;
}

export interface FeedsOptions {
  readonly sources: readonly SourceConfiguration[];
  readonly catalogue: readonly Source[];
  readonly credential: (reference: string, where: string) => string;
  readonly control: ControlStore;
  readonly clock: Clock;
  readonly note: (note: FeedNote) => void;
  readonly logger: Logger;
}

const HEALTH = "health";

/** Every configured source with its quota and its health; those of the catalogue are made when they are first used. */
export const createFeeds = async (options: FeedsOptions): Promise<Feeds> => {
  const { catalogue, control, clock } = options;
  const tenant: TenantId = DEFAULT_TENANT;
  const parts = new Map<string, FeedParts>();
  const startedMs = clock.now();

  const add = async (feed: Feed): Promise<FeedParts> => {
    const stored = await control.getFeedState(tenant, feed.id, HEALTH);
    const health = createHealth(totalsOf(stored), clock);
    const made = { feed, quota: createQuota(feed.quota, clock), health };
    const known = parts.get(feed.id);
    if (known !== undefined) return known;
    parts.set(feed.id, made);
    return made;
  };

  for (const one of options.sources) {
    const source = catalogue.find(({ id }) => id === one.kind);
    if (source === undefined) throw new UnknownKind(one, catalogue);
    await add({
      tenant,
      id: one.id,
      source,
      capture: one.capture,
      quota: one.quota,
      silentAfterMs: one.silentAfterMinutes === undefined ? undefined : one.silentAfterMinutes * 60_000,
      transport: one.transport.kind,
      credential: one.credential === undefined ? undefined : options.credential(one.credential, `sources.${one.id}`),
    });
  }

  const listen = ({ feed, health }: FeedParts): void => {
    if (feed.silentAfterMs === undefined) return;
    const { lastReceivedAt, silentSince } = health.read();
    const lastMs = Math.max(startedMs, lastReceivedAt === undefined ? 0 : Date.parse(lastReceivedAt));
    const isSilent = clock.now() - lastMs > feed.silentAfterMs;
    const detail = { kind: feed.source.id, minutes: feed.silentAfterMs / 60_000, last: lastReceivedAt ?? "" };
    if (isSilent && silentSince === undefined) {
      health.setSilent(toTimestamp(lastMs));
      options.note({ type: "source.silent", target: feed.id, outcome: "failure", detail });
    } else if (!isSilent && silentSince !== undefined) {
      health.setSilent(undefined);
      options.note({
        type: "source.resumed",
        target: feed.id,
        outcome: "success",
        detail: { ...detail, since: silentSince },
      });
    }
  };

  return {
    all: () => [...parts.values()],
    find: (id) => parts.get(id),
    findOrMake: async (id) => {
      const known = parts.get(id);
      const source = catalogue.find((one) => one.id === id);
      if (known !== undefined || source === undefined) return known;
      const { quota } = SourceConfiguration.parse({ id, kind: id, transport: { kind: "http" }, credential: "none" });
      const capture = CaptureMode.enum.redacted;
      return await add({
        tenant,
        id,
        source,
        capture,
        quota,
        silentAfterMs: undefined,
        transport: "http",
        credential: undefined,
      });
    },
    catalogue,
    tick: async () => {
      for (const one of parts.values()) {
        listen(one);
        await control.putFeedState(tenant, one.feed.id, HEALTH, JSON.stringify(one.health.totals()));
      }
    },
  };
};

/** A kind that is in no catalogue, with those that are. */
export class UnknownKind extends Error {
  override readonly name = "UnknownKind";
  constructor({ id, kind }: SourceConfiguration, catalogue: readonly Source[]) {
    super(
      `sources.${id}: there is no source of kind "${kind}"; there are ${catalogue.map((one) => one.id).join(", ")}`,
    );
  }
}

const totalsOf = (stored: string | undefined): FeedTotals => {
  if (stored === undefined) return FeedTotals.parse({});
  try {
    return FeedTotals.parse(JSON.parse(stored));
  } catch {
    return FeedTotals.parse({});
  }
};
