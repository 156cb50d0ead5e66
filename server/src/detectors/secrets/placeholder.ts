const WORDS =
  /example|sample|placeholder|change[_-]?me|your[_-]?\w|replace|insert|dummy|redacted|secret[_-]?here|key[_-]?here|token[_-]?here|password[_-]?here|put[_-]|x{6,}|\*{3,}|#{4,}|\.{3,}|…|<[^>]*>?|\[[a-z]|\{\{?|\$\(|\$[A-Za-z_{]|%[A-Za-z_]+%|`/i;

/** Shannon entropy in bits a character. */
export const entropy = (text: string): number => {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
};

/** Longest stretch of equal, and of consecutively rising, characters. */
const runs = (text: string): { readonly same: number; readonly rising: number } => {
  let same = 1;
  let rising = 1;
  let sameMax = 1;
  let risingMax = 1;
  for (let index = 1; index < text.length; index += 1) {
    const step = text.charCodeAt(index) - text.charCodeAt(index - 1);
    same = step === 0 ? same + 1 : 1;
    // A count from nine to zero goes on, so that 1234567890123 reads as one sequence.
    rising = step === 1 || (text[index] === "0" && text[index - 1] === "9") ? rising + 1 : 1;
    if (same > sameMax) sameMax = same;
    if (rising > risingMax) risingMax = rising;
  }
  return { same: sameMax, rising: risingMax };
};

/** Something that stands where a secret would: words, masks, templates, keyboards and counting. */
export const isPlaceholder = (text: string): boolean => {
  if (WORDS.test(text)) return true;
  const { same, rising } = runs(text);
  return same >= 8 || same * 2 > text.length || rising >= 8;
};

/** The weaker check for tokens whose own format is proof: base64 may hold short words by chance. */
export const isFilledFormat = (text: string): boolean => {
  if (/example|placeholder|your[_-]|redacted|x{8,}/i.test(text)) return true;
  const { same, rising } = runs(text);
  return same >= 16 || same * 2 > text.length || rising >= 10;
};
