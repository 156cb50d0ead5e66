/** A word of an access log: bare, between quotes, or between brackets. */
const WORD = /"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)/g;
const WORDS_MAX = 64;

/** The words of one line of an access log. */
export const accessWords = (line: string): string[] => {
  const words: string[] = [];
  for (const [, quoted, bracketed, bare] of line.matchAll(WORD)) {
    words.push(quoted ?? bracketed ?? bare ?? "");
    if (words.length === WORDS_MAX) break;
  }
  return words;
};

const APACHE = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{2})(\d{2})$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `06/Feb/2026:00:00:38 +0000` → `2026-02-06T00:00:38+00:00`; anything else as it stands. */
export const accessTime = (text: string): string => {
  const [, day = "", month = "", year = "", clock = "", hours = "", minutes = ""] = APACHE.exec(text) ?? [];
  const index = MONTHS.indexOf(month);
  return index === -1 ? text : `${year}-${String(index + 1).padStart(2, "0")}-${day}T${clock}${hours}:${minutes}`;
};
