import type { SpooledRecord } from "../spool.ts";
import { comparePositions, formatCursor, type Position } from "./spool-position.ts";

interface Entry extends Position {
  readonly json: string;
}

/** The newest durable records, kept so that a drain in this process need not read and open what was just sealed. */
export class SpoolTail {
  readonly #unitsMax: number;
  #entries: Entry[] = [];
  #oldest = 0;
  #units = 0;
  /** Everything after this position is here. */
  #after: Position;

  /** `unitsMax` bounds the kept text, in UTF-16 code units. */
  constructor(unitsMax: number, after: Position) {
    this.#unitsMax = unitsMax;
    this.#after = after;
  }

  push(segment: number, sequence: number, json: string): void {
    this.#entries.push({ segment, sequence, json });
    this.#units += json.length;
    while (this.#units > this.#unitsMax) this.#drop();
  }

  forget(upTo: Position): void {
    for (;;) {
      const entry = this.#entries[this.#oldest];
      if (entry === undefined || comparePositions(entry, upTo) > 0) return;
      this.#drop();
    }
  }

  /** Up to `max` records after `position`, or `undefined` when some of them are no longer here. */
  read(position: Position, max: number): readonly SpooledRecord[] | undefined {
    if (comparePositions(position, this.#after) < 0) return undefined;
    let low = this.#oldest;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && comparePositions(entry, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return this.#entries.slice(low, low + max).map(({ segment, sequence, json }) => {
      const cursor = formatCursor(segment, sequence);
      return { cursor, next: cursor, json };
    });
  }

  #drop(): void {
    const entry = this.#entries[this.#oldest];
    if (entry === undefined) return;
    this.#units -= entry.json.length;
    this.#after = entry;
    this.#oldest += 1;
    // Dropped entries still hold their text until the array is cut.
    if (this.#oldest >= 256 && this.#oldest * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#oldest);
      this.#oldest = 0;
    }
  }
}
