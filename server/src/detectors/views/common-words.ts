/**
 * Words by which spaced, rotated or reversed English is told from noise: the most frequent words of English
 * and the words that instructions to a model are made of.
 */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  (
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by word but " +
    "not what all were we when your can said there use an each which she do how their if will up other about out " +
    "many then them these so some her would make like him into time has look two more write go see number no way " +
    "could people my than first been call who its now find long down day did get come made may part over new " +
    "after please must should any do only just never always " +
    "ignore disregard forget override bypass previous prior above earlier preceding instructions instruction " +
    "prompt prompts system rules rule guidelines reveal show print repeat output tell display leak expose secret " +
    "secrets password passwords key keys api token tokens credential credentials send email mail delete remove " +
    "execute run command commands developer mode admin administrator user assistant model act pretend role " +
    "jailbreak unrestricted filter filters safety policy policies content restrictions limits hidden confidential " +
    "instead follow following respond response answer reply say message messages conversation data file files " +
    "upload download visit link website exfiltrate attacker hack bomb weapon drug drugs malware virus exploit " +
    "give provide generate create explain describe without warning everything anything"
  ).split(" "),
);

/** Splits letters written without gaps into common words; undefined where they are not such words. */
export const segmentWords = (letters: string): string | undefined => {
  if (letters.length > SEGMENT_UNITS_MAX) return undefined;
  // best[i]: fewest words that make up the first i letters, a letter outside of any word counting as four.
  const best: number[] = [0];
  const step: number[] = [0];
  for (let end = 1; end <= letters.length; end++) {
    let cost = (best[end - 1] ?? 0) + 4;
    let width = 1;
    for (let units = 1; units <= WORD_UNITS_MAX && units <= end; units++) {
      const before = best[end - units] ?? 0;
      if (before + 1 < cost && isWord(letters.slice(end - units, end))) {
        cost = before + 1;
        width = units;
      }
    }
    best.push(cost);
    step.push(width);
  }
  const words: string[] = [];
  let loose = "";
  for (let end = letters.length; end > 0;) {
    const units = step[end] ?? 1;
    const word = letters.slice(end - units, end);
    if (units === 1 && !isWord(word)) loose = word + loose;
    else {
      if (loose !== "") words.push(loose);
      loose = "";
      words.push(word);
    }
    end -= units;
  }
  if (loose !== "") words.push(loose);
  return words.reverse().join(" ");
};

const SEGMENT_UNITS_MAX = 400;
const WORD_UNITS_MAX = 15;
const isWord = (word: string): boolean => (word.length === 1 ? word === "a" || word === "i" : COMMON_WORDS.has(word));
