const HOLD_UNITS_MAX = 64;

const TAIL = /(?:[\p{L}\d.!#$%&'*+/=?^_{|}~@-]*[@\d][\p{L}\d.!#$%&'*+/=?^_{|}~@-]*|[+(])(?:[ \u00a0\-./():]{1,2}[A-Z]{0,4}[\d(]*[A-Z]{0,2})*$/u;
const BARE_WORD = /[\p{L}\d.!#$%&'*+/=?^_{|}~-]+$/u;

/**
 * Where a number, an IBAN or an address of mail could still grow: the last groups of digits with what joins them,
 * else the last word, since an `@` may follow it. At most 64 units.
 */
export const holdPersonalData = (window: string): number => {
  const offset = Math.max(0, window.length - HOLD_UNITS_MAX);
  const tail = window.slice(offset);
  // From the first digit group that reaches the end without a word between.
  const numbers = TAIL.exec(tail);
  if (numbers !== null) return offset + numbers.index;
  const word = BARE_WORD.exec(tail);
  return word === null ? window.length : offset + word.index;
};
