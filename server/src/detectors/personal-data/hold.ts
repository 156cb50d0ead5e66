const HOLD_UNITS_MAX = 64;

/**
 * A group of an IBAN, a card, a phone or an identifier: digits somewhere, up to four capitals, or only signs. Or a word
 * of a name or a street.
 */
const GROUP = /\d|^[A-Z]{1,4}$|^[-+(./):–]*$|^\p{Lu}[\p{L}'’.-]{0,24}$/u;
const BREAK = /[\s\u00a0<>"',;]/;

const isBreakAt = (window: string, index: number): boolean => BREAK.test(window[index] ?? "");

/**
 * Where a number, an IBAN or an address of mail could still grow: the last groups of digits with what joins them,
 * else the last word, since an `@` may follow it. At most 64 units.
 */
export const holdPersonalData = (window: string): number => {
  const floor = Math.max(0, window.length - HOLD_UNITS_MAX);
  const wordStart = (end: number): number => {
    let start = end;
    while (start > floor && !isBreakAt(window, start - 1)) start -= 1;
    return start;
  };
  let held = wordStart(window.length);
  if (!GROUP.test(window.slice(held))) return held;
  for (;;) {
    let end = held;
    while (end > floor && isBreakAt(window, end - 1)) end -= 1;
    const start = wordStart(end);
    if (start === end || !GROUP.test(window.slice(start, end))) return held;
    held = start;
  }
};
