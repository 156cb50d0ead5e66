import type { SpoolCursor, SpoolUnavailable } from "../spool.ts";

const FRAME_UNITS_MAX = 1024 * 1024;
const TURNS_MAX = 8;
/** How long records that nobody waits for may wait for company: a write costs a best-effort route more than the record. */
const LINGER_MS = 5;

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
  /** Entries that somebody waits for. */
  #awaited = 0;
  #hurry: (() => void) | undefined;

  get units(): number {
    return this.#units;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  push(entry: Waiting): void {
    this.#entries.push(entry);
    this.#units += entry.json.length;
    if (entry.resolve !== undefined) this.#awaited += 1;
    if (this.#awaited > 0 || this.#units > FRAME_UNITS_MAX) this.#hurry?.();
  }

  /**
   * Waits for the end of this turn of the event loop, and on while each turn brings more: a busy process
   * shares one write among many records, an idle one waits for a few microseconds.
   */
  async gather(): Promise<void> {
    if (this.#awaited === 0 && this.#units <= FRAME_UNITS_MAX) await this.#linger();
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
    const taken = this.#entries.splice(0, count);
    for (const { resolve } of taken) if (resolve !== undefined) this.#awaited -= 1;
    return taken;
  }

  takeAll(): readonly Waiting[] {
    const all = this.#entries;
    this.#entries = [];
    this.#units = 0;
    this.#awaited = 0;
    return all;
  }

  #linger(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#hurry = undefined;
        resolve();
      };
      const timer = setTimeout(end, LINGER_MS);
      this.#hurry = end;
    });
  }
}
