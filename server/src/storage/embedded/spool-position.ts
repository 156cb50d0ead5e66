import type { SpoolCursor } from "../spool.ts";

/** A cursor, parsed: record `sequence` of segment `segment`; sequence -1 stands before the first. */
export interface Position {
  readonly segment: number;
  readonly sequence: number;
}

/** Before every record. */
export const START: Position = { segment: 0, sequence: -1 };

/** Zero-padded, so that cursors also sort as text. */
export const formatCursor = (segment: number, sequence: number): SpoolCursor =>
  `${String(segment).padStart(8, "0")}:${String(sequence).padStart(10, "0")}`;

/** Throws when the text is not a cursor that {@link formatCursor} made. */
export const parseCursor = (cursor: SpoolCursor): Position => {
  const parts = /^(\d{8,10}):(\d{10})$/.exec(cursor);
  if (parts === null) throw new Error(`not a spool cursor: ${cursor.slice(0, 40)}`);
  return { segment: Number(parts[1]), sequence: Number(parts[2]) };
};

export const comparePositions = (a: Position, b: Position): number => a.segment - b.segment || a.sequence - b.sequence;
