/** One form for the same words however they are spelt: compatibility forms, case, accents, hidden characters. */
const ACCENTS = /[\u0300-\u036f]/gu;
const HIDDEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}]/gu;
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  ı: "i",
  ł: "l",
  ø: "o",
  æ: "ae",
  œ: "oe",
  đ: "d",
  ð: "d",
  þ: "th",
};
const PLAIN = /^[\n\r\t -~]*$/u;

export const fold = (text: string): string => {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text
    .replace(HIDDEN, "")
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFD")
    .replace(ACCENTS, "")
    .normalize("NFC")
    .replace(/[ßıłøæœđðþ]/gu, (letter) => LETTERS[letter] ?? letter);
};

/** Scripts that are written without spaces: each character is a word of its own. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー`;
const WORD = new RegExp(String.raw`[${UNSPACED}]|[[\p{L}\p{N}\p{M}]--[${UNSPACED}]]+`, "gv");

/** Words of a folded text: runs of letters and digits. */
export const wordsOf = (folded: string): readonly string[] => folded.match(WORD) ?? [];

const TIME = /(?<!\d)([01]?\d|2[0-3])[:h.]([0-5]\d)(?!\d)/gu;

/** Times of day in a folded text, one spelling for all: `at 1640`. */
export const timesOf = (folded: string): readonly string[] =>
  [...folded.matchAll(TIME)].map(([, hour = "", minute = ""]) => `at ${hour.padStart(2, "0")}${minute}`);

const CASE_SEAMS = /(\p{Ll}|\p{N})(\p{Lu})|(\p{Lu})(\p{Lu}\p{Ll})/gu;

/** Words of a name in code: `sendMail`, `send_mail` and `send-mail` are the same. */
export const nameWords = (name: string): readonly string[] =>
  wordsOf(fold(name.replace(CASE_SEAMS, "$1$3 $2$4").replace(/[_\-./]/gu, " ")));
