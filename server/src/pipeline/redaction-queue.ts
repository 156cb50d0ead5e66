import type { RecordedMatch } from "@parapet/model";

/** Spans of one growing text that are to be replaced when they are let go. */
export interface RedactionQueue {
  readonly add: (match: RecordedMatch) => void;
  /** Those that begin before `bound` and were not let go whole; `sent` may only grow. */
  readonly before: (bound: number, sent: number) => readonly RecordedMatch[];
}

/** In order of their starts, so that letting go of a piece costs what stands in it, however much waits behind. */
export const createRedactionQueue = (): RedactionQueue => {
  let queue: RecordedMatch[] = [];
  let head = 0;
  let isOrdered = true;

  return {
    add: (match) => {
      isOrdered &&= match.start >= (queue.at(-1)?.start ?? 0);
      queue.push(match);
    },
    before: (bound, sent) => {
      if (!isOrdered) {
        queue = queue.slice(head).sort((a, b) => a.start - b.start);
        head = 0;
        isOrdered = true;
      }
      while ((queue[head]?.end ?? Number.POSITIVE_INFINITY) <= sent) head += 1;
      const near: RecordedMatch[] = [];
      for (let at = head; at < queue.length; at += 1) {
        const match = queue[at];
        if (match === undefined || match.start >= bound) break;
        if (match.end > sent) near.push(match);
      }
      return near;
    },
  };
};
