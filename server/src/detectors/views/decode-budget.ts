/** What one text may cost in decoding. */
export const DECODE_LIMITS = {
  /** UTF-16 units of all decoded forms together. */
  unitsMax: 256 * 1024,
  /** Decoded forms. */
  formsMax: 96,
  /** Encodings inside each other. */
  depthMax: 4,
  /** Attempts to decompress. */
  inflationsMax: 32,
} as const;

/** Counts what is spent on one text; the first reason to stop is kept. */
export class DecodeBudget {
  unitsLeft: number = DECODE_LIMITS.unitsMax;
  #formsLeft: number = DECODE_LIMITS.formsMax;
  #inflationsLeft: number = DECODE_LIMITS.inflationsMax;
  reason: string | undefined;

  /** Spends on one decoded text and gives as much of it as fits; empty when nothing does. */
  take(text: string): string {
    if (this.#formsLeft <= 0) {
      this.exceed(`more than ${DECODE_LIMITS.formsMax} encoded parts`);
      return "";
    }
    const taken = text.length > this.unitsLeft ? text.slice(0, this.unitsLeft) : text;
    if (taken.length < text.length) this.exceed(`more than ${DECODE_LIMITS.unitsMax / 1024} Ki units of decoded text`);
    this.#formsLeft--;
    this.unitsLeft -= taken.length;
    return taken;
  }

  takeInflation(): boolean {
    if (this.#inflationsLeft <= 0) {
      this.exceed(`more than ${DECODE_LIMITS.inflationsMax} compressed parts`);
      return false;
    }
    this.#inflationsLeft--;
    return true;
  }

  exceed(reason: string): void {
    this.reason ??= reason;
  }
}
