import { DEFAULT_TENANT } from "@parapet/model";
import type { SourceStatus } from "@parapet/model/api";
import type { ApiTools } from "#api";
import type { FeedParts } from "#ingest";
import type { IngestRole } from "./ingest-role.ts";

const PAGE = 200;
/** A clock that is further ahead than this breaks every order of events. */
const CLOCK_AHEAD_MS = 60_000;

/** What the API tells and does of sources. */
export const createSourcesApi = ({ feeds, intake, deadLetters, problemOf }: IngestRole): ApiTools["sources"] => {
  const statusOf = async (parts: FeedParts): Promise<SourceStatus> => {
    const { feed, quota, health } = parts;
    const { skewMs, silentSince, lagMs, ...figures } = health.read();
    const letters = await deadLetters.count(feed.tenant, feed.id);
    const transportProblem = problemOf(feed.id);
    const [state, problem] = stateOf(parts, letters, transportProblem);
    return {
      id: feed.id,
      kind: feed.source.id,
      title: feed.source.title,
      transport: feed.transport,
      capture: feed.capture,
      configured: feed.transport !== "http" || feed.credential !== undefined,
      state,
      ...(problem !== undefined && { problem }),
      ...figures,
      deadLetters: letters,
      ...(lagMs !== undefined && { lagMs }),
      clockAheadMs: skewMs,
      bytesToday: quota.bytesToday(),
      quota: feed.quota,
      ...(feed.silentAfterMs !== undefined && { silentAfterMinutes: feed.silentAfterMs / 60_000 }),
      ...(silentSince !== undefined && { silentSince }),
    };
  };

  /** All that are asked for, oldest last, so that reading them again in reverse keeps their order. */
  const lettersOf = async (feed: string, ids: readonly string[] | undefined) => {
    const wanted = ids === undefined ? undefined : new Set(ids);
    const found = [];
    let cursor: string | undefined;
    do {
      const page = await deadLetters.list(DEFAULT_TENANT, feed, { limit: PAGE, cursor });
      found.push(...page.items.filter(({ id }) => wanted === undefined || wanted.has(id)));
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  };

  return {
    list: async () => ({
      items: await Promise.all(feeds.all().map(statusOf)),
      catalogue: feeds.catalogue.map(({ id, title, description, setup, reference }) => ({
        id,
        title,
        description,
        setup,
        reference,
      })),
    }),
    deadLetters: async (id, page) => {
      if (feeds.find(id) === undefined) return undefined;
      const { items, next } = await deadLetters.list(DEFAULT_TENANT, id, page);
      return {
        items: items.map(({ id: letter, time, reason, text, bytes, replay }) => ({
          id: letter,
          time,
          reason,
          ...(text !== undefined && { text }),
          bytes,
          replayable: replay !== "none" && text !== undefined,
        })),
        ...(next !== undefined && { next }),
      };
    },
    replay: async (id, ids) => {
      const parts = feeds.find(id);
      if (parts === undefined) return undefined;
      const result = { replayed: 0, events: 0, failed: 0 };
      let reason: string | undefined;
      for (const letter of (await lettersOf(id, ids)).toReversed()) {
        const outcome =
          letter.text === undefined || letter.replay === "none"
            ? undefined
            : await intake.again(parts, letter.text, letter.replay);
        if (outcome?.kind === "taken" && outcome.malformed === 0) {
          result.replayed += 1;
          result.events += outcome.accepted;
          await deadLetters.remove(parts.feed.tenant, id, [letter.id]);
          continue;
        }
        result.failed += 1;
        reason ??=
          outcome === undefined
            ? "only a part of it was kept"
            : outcome.kind === "taken"
              ? outcome.reason
              : "it cannot be stored now";
      }
      return { ...result, ...(reason !== undefined && { reason }) };
    },
    discard: async (id, ids) =>
      feeds.find(id) === undefined ? undefined : { discarded: await deadLetters.remove(DEFAULT_TENANT, id, ids) },
  };
};

const stateOf = (
  { health, quota }: FeedParts,
  letters: number,
  transportProblem: string | undefined,
): readonly [SourceStatus["state"], string | undefined] => {
  const { silentSince, lastReceivedAt, skewMs } = health.read();
  if (transportProblem !== undefined) return ["failing", transportProblem];
  if (silentSince !== undefined) return ["silent", `Nothing came since ${silentSince}.`];
  const over = quota.check(0);
  if (!over.ok) return ["attention", `It sends ${over.reason}; what comes beyond is refused.`];
  if (skewMs > CLOCK_AHEAD_MS) return ["attention", `Its clock is ${Math.round(skewMs / 1_000)} seconds ahead.`];
  if (letters > 0) return ["attention", `${letters} of its records could not be read.`];
  if (lastReceivedAt === undefined) return ["waiting", undefined];
  return ["arriving", undefined];
};
