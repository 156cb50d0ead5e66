import { ACT_WORDS, ACTS, type Act } from "./act-words.ts";
import { POINT_WORDS, POINTERS, type Pointer } from "./point-words.ts";
import { TOPIC_WORDS, TOPICS, type Topic } from "./topic-words.ts";
import { wordTable } from "./word-table.ts";
import { fold, wordsOf } from "./words.ts";

/** What the words of a user ask for. */
export interface Asks {
  readonly acts: ReadonlySet<Act>;
  readonly topics: ReadonlySet<Topic>;
  /** Whether the words ask nothing that is understood, and no question: "Twelve jugs from Tonhof again." */
  readonly opaque: boolean;
  /** Words that begin what is asked, whatever they mean: a tool may have the same name. */
  readonly openings: ReadonlySet<string>;
  /** What the words point at in some text: a person that it names, a place that it leads to. */
  readonly points: ReadonlySet<Pointer>;
}

export const actsIn = wordTable(ACT_WORDS, ACTS);
const pointsIn = wordTable(POINT_WORDS, POINTERS);
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

/** Who does it, where it is told and not asked. */
const OTHERS = new Set("they he she we it who i ich er sie wir il elle ils nous".split(" "));
/** Before a noun, never before a verb that asks. */
const BEFORE_NOUN = new Set(
  "the a an my your his her our their its this that these those of from in on by about for with without which each every last latest letzten letzte dernier derniere ultimo ultima new first second next any some no s der die das den dem des ein eine einen le la les un une mon ma mes el los las una mi mis il lo i gli o os as um uma meu minha de het een mijn bu bir".split(
    " ",
  ),
);
export const DENIES: ReadonlySet<string> = new Set(
  "don dont not never no without nor cannot shouldn mustn nicht nie kein keine keinen ohne ne pas jamais sans nunca sin non mai senza nao sem niet geen nooit zonder degil nie bez не без".split(
    " ",
  ),
);
/** Denials that stand after or inside what they deny. */
const DENIED = /(?:ないで|しない|不要|别|勿|不用|지 마|지마|하지 말|لا ت|मत)/u;

/** Who asks to be told asks for nothing to be sent. */
const SELF = new Set("me us mir uns moi nous mi bana bize mnie nam мне нам mij ons nos".split(" "));
/** Asking how much is to be paid asks for no payment. */
const HOW_MUCH = new Set(
  "what which much many quanto quanta quanti quantos combien wieviel viel cuanto cuanta cuantos kadar ile сколько hoeveel why when whether warum pourquoi perche".split(
    " ",
  ),
);
/** After a word in a script without spaces: makes it a noun. */
const NOUN_ENDS = new Set("先済者書日料額歴単方式款人号码页頁");

/** Text that a user shows and does not say: code, quotations of mails, passages between long quotation marks. */
const SHOWN =
  /```[\s\S]*?(?:```|$)|^>.*$|"{3}[\s\S]*?(?:"{3}|$)|^-{3,}[^\n]*$[\s\S]*|<(document|email|text|file|content)>[\s\S]*?(?:<\/\1>|$)|[“"«„][^“"«»„”]{80,4000}[”"»]/gmu;

/** A user's words without what is only shown in them. */
export const saidPart = (text: string): string => text.replace(SHOWN, " \n ");

const QUESTION = /[?？؟]/u;
/** Words that ask to be told or shown something. */
const LOOKS = new Set(
  "what who whom whose when where which why how read show list find search look see check tell summarise summarize summary sum explain compare describe overview count translate know give get any anything is are was do does did has have can opinion think zeig zeige lies such suche finde fasse sag nenne was wer wann wo welche wie warum gibt ist sind montre lis cherche trouve resume dis quel quelle quels quelles qui quand ou comment combien est sont muestra lee busca encuentra resume dime que cual cuando donde como quien hay mostra leggi cerca trova riassumi dimmi cosa quale quando dove come chi goster oku bul ara ozetle soyle ne kim hangi nasil var pokaz przeczytaj znajdz podsumuj powiedz co kto kiedy gdzie jak czy покажи прочитай найди скажи что кто когда где как какие какой laat lees zoek vat vertel wat wie wanneer waar hoe leia procure encontre resuma diga mostre qual quem onde".split(
    " ",
  ),
);
const POLITE = new Set(
  "please and then also now just can could would you will kindly hi hello hey so to bitte".split(" "),
);
export const CLAUSES = /[,:;!?…\n—()]|\.(?:\s|$)|[。！？；：]/u;

/** What a user's text asks for. What is only told of, shown or denied is not asked for. */
export const asksOf = (text: string): Asks => {
  const folded = fold(saidPart(text));
  const acts = new Set<Act>();
  const denied = new Set<Act>();
  const openings = new Set<string>();
  for (const clause of folded.replaceAll("e-mail", "email").split(CLAUSES)) {
    const words = wordsOf(clause);
    hearClause(words, acts, denied);
    hearWishes(words, acts);
    const opening = words.find((word) => !POLITE.has(word));
    if (opening !== undefined) openings.add(opening);
  }
  if (DENIED.test(folded) && acts.size === 1) acts.clear();
  const words = wordsOf(folded);
  return {
    acts: acts.difference(denied),
    topics: new Set(topicsIn(words).map(({ name }) => name)),
    openings,
    opaque: acts.size === 0 && denied.size === 0 && !QUESTION.test(folded) && !words.some((word) => LOOKS.has(word)),
    points: new Set(pointsIn(words).map(({ name }) => name)),
  };
};

/** Whoever wants a thing done: `wants it cancelled`, `should be deleted`. */
const WANTS = new Set("be get gets getting want wants need needs like have having".split(" "));
const IRREGULAR: Readonly<Record<string, string>> = {
  sent: "send",
  paid: "pay",
  bought: "buy",
  made: "create",
  given: "give",
  told: "tell",
  written: "write",
  put: "put",
  moved: "move",
};

/** The verb of an English participle; undefined for other words. */
const verbOf = (word: string): string | undefined =>
  IRREGULAR[word] ??
  (word.endsWith("ed")
    ? [word.slice(0, -2), word.slice(0, -1), word.slice(0, -3)].find(
        (stem) => stem.length > 2 && actsIn([stem]).length > 0,
      )
    : undefined);

const hearWishes = (words: readonly string[], acts: Set<Act>): void => {
  for (const [index, word] of words.entries()) {
    const before = words.slice(Math.max(0, index - 5), index);
    const verb =
      before.some((each) => WANTS.has(each)) && !before.some((each) => DENIES.has(each) || HOW_MUCH.has(each))
        ? verbOf(word)
        : undefined;
    if (verb !== undefined) for (const { name } of actsIn([verb])) acts.add(name);
  }
};

const hearClause = (words: readonly string[], acts: Set<Act>, denied: Set<Act>): void => {
  for (const { name, index, words: length, alsoNoun } of actsIn(words)) {
    const before = words[index - 1];
    const after = words[index + length] ?? "";
    if (before !== undefined && OTHERS.has(before)) continue;
    if (alsoNoun && before !== undefined && BEFORE_NOUN.has(before)) continue;
    if (NOUN_ENDS.has(after) || (name === "run" && /^\d{3,}$/u.test(after))) continue;
    if ((name === "message" || name === "permit") && length === 1 && SELF.has(after)) continue;
    if (words.slice(Math.max(0, index - 5), index).some((word) => HOW_MUCH.has(word))) continue;
    if (words.slice(Math.max(0, index - 3), index).some((word) => DENIES.has(word))) denied.add(name);
    else acts.add(name);
  }
};

/** The acts that the words of a tool's name stand for. */
export const actsOfName = (words: readonly string[]): ReadonlySet<Act> =>
  new Set([
    ...actsIn(words).map(({ name }) => name),
    ...(words.some((word) => /^un[a-z]{4}/u.test(word) && actsIn([word.slice(2)]).length > 0)
      ? ["remove" as const]
      : []),
  ]);
