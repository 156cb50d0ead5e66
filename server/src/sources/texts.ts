import type { Provenance } from "@parapet/model";
import { bounded } from "./bounded.ts";

const TEXT_UNITS_MAX = 65_536;
const TOTAL_UNITS_MAX = 262_144;
const TEXTS_MAX = 256;

/** What was said in one record, and by whom: kept apart from its fields, and bounded. */
export class Texts {
  readonly list: { provenance: Provenance; text: string }[] = [];
  /** Names of the tools that were called. */
  readonly tools = new Set<string>();
  /** Whether something was left out. */
  clipped = false;
  #units = 0;

  /** Objects are written as JSON; blank text is none. */
  add(provenance: Provenance, value: unknown): void {
    const text = typeof value === "string" ? value : asJson(value);
    if (text === undefined || text.trim() === "") return;
    const room = Math.min(TEXT_UNITS_MAX, TOTAL_UNITS_MAX - this.#units);
    if (text.length > room || this.list.length === TEXTS_MAX) this.clipped = true;
    if (room === 0 || this.list.length === TEXTS_MAX) return;
    const kept = text.length > room ? text.slice(0, room) : text;
    this.#units += kept.length;
    this.list.push({ provenance, text: kept });
  }

  addTool(name: unknown): void {
    if (typeof name === "string" && name !== "" && this.tools.size < 64) this.tools.add(name.slice(0, 256));
  }
}

const asJson = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null ? JSON.stringify(bounded(value).value) : undefined;
