import type { View } from "@parapet/model";
import type { TextForm } from "../detector.ts";

/**
 * Writes a form of a text piece by piece and remembers where each piece came from.
 *
 * The map is a list of runs (form start, source start, source end). A run whose two lengths are equal maps
 * unit by unit, any other maps as a whole, so unchanged text costs one run however long it is.
 */
export class FormBuilder {
  readonly #source: string;
  readonly #pieces: string[] = [];
  #length = 0;
  #runs = new Int32Array(96);
  #runCount = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes over `[start, end)` of the source unchanged. */
  copy(start: number, end: number): void {
    if (end > start) this.put(this.#source.slice(start, end), start, end);
  }

  /** Takes over `[start, end)` of the source in lower case. */
  copyLower(start: number, end: number): void {
    if (end <= start) return;
    const piece = this.#source.slice(start, end);
    const lower = piece.toLowerCase();
    // Some letter became two; only plain ones are lowered then, so that offsets hold.
    const isAligned = lower.length === piece.length;
    this.put(isAligned ? lower : piece.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()), start, end);
  }

  /** Writes one unit in place of `[start, end)`. */
  putUnit(unit: number, start: number, end: number): void {
    this.put(String.fromCharCode(unit), start, end);
  }

  /** Writes `text` in place of `[start, end)`. */
  put(text: string, start: number, end: number): void {
    if (text.length === 0) return;
    this.#pieces.push(text);
    this.#run(start, end, text.length);
    this.#length += text.length;
  }

  /** The finished text with its map, laid over the form that it was made from. */
  build(view: View, path: string, parent?: TextForm): TextForm {
    const text = this.#pieces.join("");
    const origin = runOrigin(this.#runs.slice(0, this.#runCount * 3), text.length);
    if (parent === undefined || parent.path === "") return { view, text, path, origin };
    return { view, text, path, origin: composed(origin, parent.origin) };
  }

  #run(start: number, end: number, length: number): void {
    const last = (this.#runCount - 1) * 3;
    if (last >= 0) {
      const lastStart = this.#runs[last + 1] ?? 0;
      const lastEnd = this.#runs[last + 2] ?? 0;
      const lastLength = this.#length - (this.#runs[last] ?? 0);
      if (lastEnd === start && lastLength === lastEnd - lastStart && length === end - start) {
        this.#runs[last + 2] = end;
        return;
      }
    }
    const at = this.#runCount * 3;
    if (at + 3 > this.#runs.length) {
      const grown = new Int32Array(this.#runs.length * 2);
      grown.set(this.#runs);
      this.#runs = grown;
    }
    this.#runs[at] = this.#length;
    this.#runs[at + 1] = start;
    this.#runs[at + 2] = end;
    this.#runCount++;
  }
}

type Origin = TextForm["origin"];

export const identityOrigin: Origin = (start, end) => ({ start, end });

/** First through `inner`, then through `outer`. */
export const composed =
  (inner: Origin, outer: Origin): Origin =>
  (start, end) => {
    const middle = inner(start, end);
    return outer(middle.start, middle.end);
  };

const runOrigin = (runs: Int32Array, textLength: number): Origin => {
  const count = runs.length / 3;
  const runAt = (position: number): number => {
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((runs[middle * 3] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const lengthOf = (run: number): number =>
    (run + 1 < count ? (runs[run * 3 + 3] ?? 0) : textLength) - (runs[run * 3] ?? 0);
  return (start, end) => {
    if (count === 0) return { start: 0, end: 0 };
    const first = runAt(start);
    const last = end > start ? runAt(end - 1) : first;
    const firstStart = runs[first * 3 + 1] ?? 0;
    const firstEnd = runs[first * 3 + 2] ?? 0;
    const lastStart = runs[last * 3 + 1] ?? 0;
    const lastEnd = runs[last * 3 + 2] ?? 0;
    const firstIsLinear = lengthOf(first) === firstEnd - firstStart;
    const lastIsLinear = lengthOf(last) === lastEnd - lastStart;
    return {
      start: firstIsLinear ? firstStart + (start - (runs[first * 3] ?? 0)) : firstStart,
      end: lastIsLinear && end > start ? lastStart + (end - (runs[last * 3] ?? 0)) : lastEnd,
    };
  };
};
