import { ACT_WORDS, ACTS, type Act } from "./act-words.ts";
import { TOPIC_WORDS, TOPICS, type Topic } from "./topic-words.ts";
import { wordTable } from "./word-table.ts";
import { fold, wordsOf } from "./words.ts";

/** What the words of a user ask for. */
export interface Asks {
  readonly acts: ReadonlySet<Act>;
  readonly topics: ReadonlySet<Topic>;
}

const actsIn = wordTable(ACT_WORDS, ACTS);
export const topicsIn = wordTable(TOPIC_WORDS, TOPICS);

const common = new Map<string, boolean>();
const COMMON_MAX = 20_000;

/** Whether a word is one of the tables', and so names nothing in particular. */
export const actOrTopic = (word: string): boolean => {
  const known = common.get(word);
  if (known !== undefined) return known;
  const found = topicsIn([word]).length > 0 || actsIn([word]).length > 0;
  if (common.size < COMMON_MAX) common.set(word, found);
  return found;
};

/** Before a noun, never before a verb that asks. */
const BEFORE_NOUN = new Set(
  "the a an my your his her our their its this that these those of from in on by about for with without which each every last latest new first second next any some no s der die das den dem des ein eine einen le la les un une mon ma mes el los las una mi mis il lo i gli o os as um uma meu minha de het een mijn bu bir".split(
    " ",
  ),
);
const DENIES = new Set(
  "don dont not never no without nor cannot shouldn mustn nicht nie kein keine keinen ohne ne pas jamais sans nunca sin non mai senza nao sem niet geen nooit zonder degil nie bez не без".split(
    " ",
  ),
);
/** Denials that stand after or inside what they deny. */
const DENIED = /(?:ないで|しない|不要|别|勿|不用|지 마|지마|하지 말|لا ت|मत)/u;

/** Text that a user shows and does not say: code, quotations of mails, passages between long quotation marks. */
const SHOWN =
  /```[\s\S]*?(?:```|$)|^>.*$|"{3}[\s\S]*?(?:"{3}|$)|^-{3,}[^\n]*$[\s\S]*|<(document|email|text|file|content)>[\s\S]*?(?:<\/\1>|$)|[“"«„][^“"«»„”]{80,4000}[”"»]/gmu;

/** A user's words without what is only shown in them. */
const saidPart = (text: string): string => text.replace(SHOWN, " \n ");

/** What a user's text asks for. What is only told of, shown or denied is not asked for. */
export const asksOf = (text: string): Asks => {
  const folded = fold(saidPart(text));
  const words = wordsOf(folded.replaceAll("e-mail", "email"));
  const acts = new Set<Act>();
  for (const { name, index, alsoNoun } of actsIn(words)) {
    const before = words[index - 1];
    if (alsoNoun && before !== undefined && BEFORE_NOUN.has(before)) continue;
    if (words.slice(Math.max(0, index - 3), index).some((word) => DENIES.has(word))) continue;
    acts.add(name);
  }
  if (DENIED.test(folded) && acts.size === 1) acts.clear();
  return { acts, topics: new Set(topicsIn(words).map(({ name }) => name)) };
};
