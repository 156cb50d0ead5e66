import type { SpoolCursor, SpoolUnavailable } from "../spool.ts";

const FRAME_UNITS_MAX = 1024 * 1024;
const TURNS_MAX = 8;

/** A record that waits to be written; without `resolve` and `reject` nobody waits for it. */
export interface Waiting {
  readonly json: string;
  readonly resolve?: (cursor: SpoolCursor) => void;
  readonly reject?: (error: SpoolUnavailable) => void;
}

/** Records that wait for the disk, in the order in which they came. `units` is their length in UTF-16 units. */
export class SpoolQueue {
  #entries: Waiting[] = [];
  #units = 0;

  get units(): number {
    return this.#units;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  push(entry: Waiting): void {
    this.#entries.push(entry);
    this.#units += entry.json.length;
  }

  /**
   * Waits for the end of this turn of the event loop, and on while each turn brings more: a busy process
   * shares one write among many records, an idle one waits for a few microseconds.
   */
  async gather(): Promise<void> {
    let before = 0;
    for (let turn = 0; turn < TURNS_MAX && this.#entries.length > before; turn++) {
      before = this.#entries.length;
      await new Promise(setImmediate);
    }
  }

  /** The oldest, as many as one frame takes. */
  takeFrame(): readonly Waiting[] {
    let count = 0;
    let units = 0;
    for (const { json } of this.#entries) {
      if (count > 0 && units + json.length > FRAME_UNITS_MAX) break;
      units += json.length;
      count += 1;
    }
    this.#units -= units;
    return this.#entries.splice(0, count);
  }

  takeAll(): readonly Waiting[] {
    const all = this.#entries;
    this.#entries = [];
    this.#units = 0;
    return all;
  }
}
