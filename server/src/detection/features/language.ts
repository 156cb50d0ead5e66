/** A guess at the language of a text: by script, and for Latin script by its commonest short words. */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["zh", /\p{Script=Han}/gu],
  ["ru", /\p{Script=Cyrillic}/gu],
  ["ar", /\p{Script=Arabic}/gu],
  ["hi", /\p{Script=Devanagari}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["th", /\p{Script=Thai}/gu],
];

const SHORT_WORDS: Readonly<Record<string, string>> = {
  en: "the and of to is in that for it with you this are what how on be can i my your we not do does was have",
  de: "der die das und ist nicht ein eine zu mit ich den von wie für sie auf wir",
  fr: "le la les et est une des que pour dans pas vous qui je sur avec au ce",
  es: "el los las y que es una por para con del se cómo qué no su al lo",
  it: "il che di per una non sono con come gli del della questo è un si mi da",
  pt: "o os não uma para com que do da em você como por se é ao dos mais",
  nl: "het een van en is niet dat met voor op zijn ik je hoe wat aan er te",
  pl: "nie się jest na do to że jak w z i co dla po czy od tak proszę",
  sv: "och att det är som en på för med av jag inte den till hur kan om ett",
  tr: "bir ve bu için ile ne nasıl de da çok mi olarak var ben gibi daha en",
};

const LANGUAGES_OF: ReadonlyMap<string, readonly string[]> = (() => {
  const found = new Map<string, string[]>();
  for (const [language, words] of Object.entries(SHORT_WORDS))
    for (const word of words.split(" ")) found.set(word, [...(found.get(word) ?? []), language]);
  return found;
})();

const SHORT_UNITS_MAX = Math.max(...[...LANGUAGES_OF.keys()].map(({ length }) => length));
const SAMPLE_UNITS = 400;
const SCRIPT_SHARE = 0.2;

/** ISO 639-1 code, or `other` when nothing speaks for one. */
export const guessLanguage = (text: string, words: readonly string[]): string => {
  const sample = text.slice(0, SAMPLE_UNITS);
  if (!/\p{L}/u.test(sample)) return "none";
  if (/[^\u0000-\u024f]/.test(sample)) {
    const letters = sample.match(/\p{L}/gu)?.length ?? 0;
    for (const [language, script] of SCRIPTS)
      if ((sample.match(script)?.length ?? 0) >= SCRIPT_SHARE * letters) return language;
  }
  const votes = new Map<string, number>();
  for (const word of words) {
    if (word.length > SHORT_UNITS_MAX) continue;
    const languages = LANGUAGES_OF.get(word);
    if (languages === undefined) continue;
    for (const language of languages) votes.set(language, (votes.get(language) ?? 0) + 1 / languages.length);
  }
  const [best] = [...votes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return best?.[0] ?? "other";
};
