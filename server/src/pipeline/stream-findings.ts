import type { Category, RecordedMatch } from "@parapet/model";
import type { StreamChannel } from "./stream-channel.ts";

/** What one text of the stream has to say. */
type Source = Pick<StreamChannel, "fresh" | "gaps">;

/**
 * What was found in a stream so far, as policy is to see it. Text that was let go cannot be changed any more: of its
 * matches the surest of each kind stands for all and the others only count, so that deciding again and again over a
 * long stream costs what is new.
 */
export const createStreamFindings = () => {
  const standing = new Map<string, RecordedMatch>();
  const unlisted: Partial<Record<Category, number>> = {};
  const gapsByChannel = new Map<Source, ReturnType<StreamChannel["gaps"]>>();
  let live: RecordedMatch[] = [];
  let total = 0;
  let failed = 0;
  let unscannable = 0;

  const retire = (match: RecordedMatch): void => {
    const kind = `${match.category} ${match.type} ${match.provenance}`;
    const other = standing.get(kind);
    if (other === undefined || other.confidence < match.confidence) standing.set(kind, match);
    if (other !== undefined) unlisted[match.category] = (unlisted[match.category] ?? 0) + 1;
  };

  return {
    /** Takes what is new in a channel. */
    collect: (channel: Source): void => {
      const fresh = channel.fresh();
      for (const match of fresh) live.push(match);
      total += fresh.length;
      const before = gapsByChannel.get(channel);
      const gaps = channel.gaps();
      gapsByChannel.set(channel, gaps);
      failed += gaps.failed - (before?.failed ?? 0);
      unscannable += gaps.unscannable - (before?.unscannable ?? 0);
    },
    /** @param isLetGo whether all of a match was let go */
    listed: (isLetGo: (match: RecordedMatch) => boolean): readonly RecordedMatch[] => {
      const still: RecordedMatch[] = [];
      for (const match of live) {
        if (isLetGo(match)) retire(match);
        else still.push(match);
      }
      live = still;
      return [...standing.values(), ...live];
    },
    unlisted: (): Readonly<Partial<Record<Category, number>>> => unlisted,
    total: () => total,
    gaps: () => ({ failed, unscannable }),
  };
};
