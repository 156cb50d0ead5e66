import type { Effect } from "@parapet/model";
import type { Act } from "../act-words.ts";
import { actsIn, actsOfName, CLAUSES, DENIES, saidPart, topicsIn } from "../asks.ts";
import type { Topic } from "../topic-words.ts";
import { fold, wordsOf } from "../words.ts";

/** Bits of a feature's hash that index the weights. */
export const WISH_BITS = 17;
const MASK = (1 << WISH_BITS) - 1;
/** Of a request; who writes more says what he wants at its beginning. */
const WORDS_MAX = 400;
const STEM_LETTERS = 5;
/** How many words after it a denial reaches. */
const DENIAL_REACH = 4;
/** Sums are divided by the root of the count of features, so that a long request asks no louder than a short one. */
const DAMPING = 4;
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]$/u;

const hashText = (text: string): number => {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
};

const crossed = (one: number, other: number): number => {
  const mixed = Math.imul(one ^ (other >>> 7) ^ Math.imul(other, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & MASK;
};

/** What a request says, as far as it tells what is wanted. */
export interface RequestWords {
  /** Of its words, pairs, acts and topics; each once. */
  readonly hashes: Int32Array;
  readonly acts: ReadonlySet<Act>;
  readonly topics: ReadonlySet<Topic>;
  readonly words: ReadonlySet<string>;
}

/** Reads one text of the user. */
export const hashRequest = (text: string): RequestWords => {
  const said = fold(saidPart(text)).replaceAll("e-mail", "email");
  const features = new Set<string>();
  const acts = new Set<Act>();
  const topics = new Set<Topic>();
  const seen = new Set<string>();
  if (/[?？؟]/u.test(said)) features.add("?");
  let left = WORDS_MAX;
  for (const clause of said.split(CLAUSES)) {
    if (left <= 0) break;
    const words = wordsOf(clause)
      .slice(0, left)
      .map((word) => word.replaceAll(/\d/gu, "0"));
    left -= words.length;
    const about = new Set(topicsIn(words).map(({ name }) => name));
    const actsAt = Map.groupBy(actsIn(words), ({ index }) => index);
    let denied = 0;
    for (const [index, word] of words.entries()) {
      seen.add(word);
      const next = words[index + 1] ?? "$";
      const before = words[index - 1] ?? "^";
      features.add(`w ${word}`).add(`b ${word} ${next}`);
      if (word.length > STEM_LETTERS + 1) features.add(`s ${word.slice(0, STEM_LETTERS)}`);
      if (UNSPACED.test(word)) features.add(`t ${word} ${next} ${words[index + 2] ?? "$"}`);
      if (index === 0) features.add(`f ${word}`);
      if (denied > 0) features.add(`n ${word}`);
      for (const { name } of actsAt.get(index) ?? []) {
        acts.add(name);
        features.add(`a ${name}`).add(`ab ${name} ${before}`).add(`an ${name} ${next}`);
        if (denied > 0) features.add(`ad ${name}`);
        if (index === 0) features.add(`af ${name}`);
        for (const topic of about) features.add(`ao ${name} ${topic}`);
      }
      denied = DENIES.has(word) ? DENIAL_REACH : denied - 1;
    }
    for (const topic of about) {
      topics.add(topic);
      features.add(`o ${topic}`);
    }
  }
  for (const act of acts) for (const other of acts) if (act < other) features.add(`aa ${act} ${other}`);
  return { hashes: Int32Array.from([...features], hashText), acts, topics, words: seen };
};

/** What a tool is, in the words that requests are crossed with. */
export interface ToolKeys {
  readonly keys: readonly string[];
  readonly acts: ReadonlySet<Act>;
  readonly topics: ReadonlySet<Topic>;
  readonly words: readonly string[];
}

/** @param words of the tool's name; none: only the effects are asked about */
export const toolKeys = (effects: readonly Effect[], words: readonly string[]): ToolKeys => {
  const acts = actsOfName(words);
  const topics = new Set(topicsIn(words).map(({ name }) => name));
  const does = effects.filter((effect) => effect !== "read").map((effect) => `e ${effect}`);
  return {
    keys: [...does, ...[...acts].map((act) => `a ${act}`), ...[...topics].map((topic) => `o ${topic}`)],
    acts,
    topics,
    words,
  };
};

const isSaid = (word: string, { words }: RequestWords): boolean =>
  word.length > 2 &&
  (words.has(word) ||
    words.values().some((each) => each.length > 3 && (each.startsWith(word) || word.startsWith(each))));

/** Places in the weights: `words` of the request with the tool, damped by their count; `marks` of the two, which are not. */
export const pairFeatures = (
  request: RequestWords,
  tool: ToolKeys,
): { readonly words: Int32Array; readonly marks: Int32Array } => {
  const shared = [...tool.acts].filter((act) => request.acts.has(act)).length;
  const about = [...tool.topics].filter((topic) => request.topics.has(topic)).length;
  const said = tool.words.filter((word) => isSaid(word, request)).length;
  const common = [
    `acts ${Math.min(shared, 2)} ${Math.min(tool.acts.size, 1)}`,
    `topics ${Math.min(about, 2)} ${Math.min(tool.topics.size, 1)}`,
    `said ${Math.min(said, 2)}`,
  ];
  const marks = [
    "bias",
    ...common,
    ...tool.keys.flatMap((key) => [`k ${key}`, ...common.map((mark) => `${key} ${mark}`)]),
  ];
  const words = new Int32Array(request.hashes.length * tool.keys.length);
  let count = 0;
  for (const key of tool.keys) {
    const hash = hashText(key);
    for (const feature of request.hashes) {
      words[count] = crossed(feature, hash);
      count += 1;
    }
  }
  return { words, marks: Int32Array.from(marks, (mark) => hashText(mark) & MASK) };
};

/** What {@link pairFeatures} finds in the weights, added up. @returns log-odds that the request wants such a tool */
export const wishSum = (
  { words, marks }: ReturnType<typeof pairFeatures>,
  { ofWords, ofMarks }: { readonly ofWords: Float32Array; readonly ofMarks: Float32Array },
): number => {
  let sum = 0;
  for (const feature of words) sum += ofWords[feature] ?? 0;
  sum *= dampingOf(words.length);
  for (const feature of marks) sum += ofMarks[feature] ?? 0;
  return sum;
};

/** What the sum of so many features is multiplied with. */
export const dampingOf = (count: number): number => DAMPING / Math.sqrt(count + 1);
