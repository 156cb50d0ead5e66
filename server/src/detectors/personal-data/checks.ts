/** Check digits and checksums. All functions take the text as found; separators are left out by {@link digitsOf}. */

export const digitsOf = (text: string): string => text.replace(/\D/g, "");

const digit = (text: string, index: number): number => text.charCodeAt(index) - 48;

/** Σ digit × weight over the weights given. */
export const weighted = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * digit(digits, index), 0);

const allSame = (digits: string): boolean => /^(\d)\1*$/.test(digits);

/** ISO/IEC 7812-1. */
export const luhn = (text: string): boolean => {
  const digits = digitsOf(text);
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index -= 1, double = !double) {
    const value = digit(digits, index) * (double ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0 && !allSame(digits);
};

const VERHOEFF_PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
const dihedral = (a: number, b: number): number => {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
  return b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5;
};

/** Verhoeff's scheme over the dihedral group D5. */
export const verhoeff = (text: string): boolean => {
  const digits = digitsOf(text);
  let state = 0;
  for (let position = 0; position < digits.length; position += 1) {
    let value = digit(digits, digits.length - 1 - position);
    for (let round = 0; round < position % 8; round += 1) value = VERHOEFF_PERMUTATION[value] ?? 0;
    state = dihedral(state, value);
  }
  return state === 0 && !allSame(digits);
};

/** ISO 7064 MOD 11,10. */
export const mod1110 = (digits: string): boolean => {
  let product = 10;
  for (let index = 0; index < digits.length - 1; index += 1) {
    const sum = (digit(digits, index) + product) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (11 - product) % 10 === digit(digits, digits.length - 1);
};

/** Whether year, month and day, two digits each, may be a date. */
const plausibleDate = (month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31);

const pair = (digits: string, at: number): number => Number(digits.slice(at, at + 2));

/** Date of the form YYMMDD at an offset; `monthShift` for schemes that add to the month. */
export const hasDateAt = (
  digits: string,
  order: "ymd" | "dmy",
  at = 0,
  monthShifts: readonly number[] = [0],
): boolean => {
  const day = order === "ymd" ? pair(digits, at + 4) : pair(digits, at);
  return monthShifts.some((shift) => plausibleDate(pair(digits, at + 2) - shift, day));
};

/** The last digit equals (modulus − Σ) mod modulus, with 10 and above read as given by `fold`. */
export const lastDigitBy =
  (
    weights: readonly number[],
    modulus: number,
    fold: (rest: number) => number = (rest) => rest,
  ): ((text: string) => boolean) =>
  (text) => {
    const digits = digitsOf(text);
    if (digits.length !== weights.length + 1 || allSame(digits)) return false;
    return fold((modulus - (weighted(digits, weights) % modulus)) % modulus) === digit(digits, weights.length);
  };
