import { join } from "node:path";
import type { FileLayer } from "./spool-files.ts";
import { HEADER_BYTES, openHeader, type PreviousSegment } from "./spool-frame.ts";
import { isHeaderUnwritten, surveySegment, type Segment } from "./spool-segment.ts";

export const segmentName = (number: number): string => `${String(number).padStart(8, "0")}.spool`;

export interface LoadedSegments {
  /** Oldest first. */
  readonly segments: Segment[];
  /** Highest number that was ever a file here. */
  readonly highest: number;
  readonly damage: readonly string[];
}

const placeOf = (number: number, offset: number, reason: string): string =>
  `${segmentName(number)} at byte ${String(offset)}: ${reason}`;

/**
 * Finds out what the directory holds, newest segment first: each header tells what the segment before held
 * when writing moved on, so only the newest is read whole. Its torn tail is cut. A file that no header
 * names was abandoned before anything in it was acknowledged, and is removed.
 */
export const loadSegments = async (files: FileLayer, directory: string, key: Buffer): Promise<LoadedSegments> => {
  const numbers = (await files.list(directory))
    .flatMap((name) => (/^\d{8,10}\.spool$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => b - a);
  const segments: Segment[] = [];
  const damage: string[] = [];
  // What the header of the next newer segment says; undefined while there is none that can be read.
  let told: PreviousSegment | undefined;
  for (const number of numbers) {
    const path = join(directory, segmentName(number));
    if (told !== undefined && told.number < number) {
      await files.remove(path);
      continue;
    }
    if (told !== undefined && told.number > number) {
      const reason = "the segment is missing";
      damage.push(placeOf(told.number, 0, reason));
      segments.unshift({ ...told, path, key, previous: undefined, unreadable: reason });
      told = undefined;
    }
    const file = await files.open(path);
    try {
      if (segments.length === 0 && (await isHeaderUnwritten(file))) {
        await files.remove(path);
        continue;
      }
      const header = openHeader(key, number, await file.read(HEADER_BYTES, 0));
      if (header === undefined) {
        const reason = "the segment's header was changed, or was written with another key";
        damage.push(placeOf(number, 0, reason));
        const { records, bytes } = told ?? { records: 1, bytes: await file.size() };
        segments.unshift({ number, path, key, previous: undefined, records, bytes, unreadable: reason });
        told = undefined;
        continue;
      }
      const { previous } = header;
      if (told === undefined) {
        const survey = await surveySegment(file, header.key);
        for (const { offset, reason } of survey.damage) damage.push(placeOf(number, offset, reason));
        const { records, bytes } = survey;
        if (survey.damage.length === 0) await file.truncate(bytes);
        segments.unshift({ number, path, key: header.key, previous, records, bytes });
      } else {
        const { records, bytes } = told;
        segments.unshift({ number, path, key: header.key, previous, records, bytes });
      }
      told = previous;
    } finally {
      await file.close();
    }
  }
  return { segments, highest: numbers[0] ?? 0, damage };
};
