import type { ArgumentValue } from "../arguments.ts";
import { actsIn, actsOfName, type Asks } from "../asks.ts";
import type { Judged } from "../origins.ts";
import { isTelling, type SessionIndex, type Source } from "../session-index.ts";
import type { ToolView } from "../tool-effects.ts";
import { fold, wordsOf } from "../words.ts";
import type { RequestWords } from "./wish.ts";

/** What is known of a call and its session. */
export interface CallEvidence {
  readonly index: SessionIndex;
  readonly view: ToolView;
  readonly values: readonly {
    readonly value: ArgumentValue;
    readonly role: string | undefined;
    readonly judged: Judged;
  }[];
  readonly target: Judged;
  readonly content: Judged;
  readonly asked: boolean;
  /** Whether it carries a value of the user's own and nothing that only outsiders named. */
  readonly own: boolean;
  readonly asks: Asks;
  readonly untrusted: boolean;
  readonly isPrivate: boolean;
  /** Calls before of the same tool, and of tools with the same effects. */
  readonly sameTool: number;
  readonly sameEffects: number;
  /** What the user said, the latest last. */
  readonly requests: readonly RequestWords[];
}

const WORDS_MAX = 120;
const VALUE_MAX = 2000;
const SOURCE_MAX = 4000;
const TOOL_WORDS = 4;

/** Words and acts of a text, read when first a call leans on it. */
const readings = new WeakMap<Source, { readonly words: ReadonlySet<string>; readonly acts: ReadonlySet<string> }>();
const readingOf = (source: Source) => {
  const known = readings.get(source);
  if (known !== undefined) return known;
  const words = wordsOf(fold(source.text.slice(0, SOURCE_MAX)));
  const reading = { words: new Set(words), acts: new Set(actsIn(words).map(({ name }) => name)) };
  readings.set(source, reading);
  return reading;
};

type Put = (name: string, value?: number) => void;

/** What speaks for and against a call as the user's own, by name; numbers between 0 and 2. */
export const gatherMarks = (all: CallEvidence): ReadonlyMap<string, number> => {
  // Words of the user in an argument that the tool does not have would speak for a call, and do nothing in it.
  const evidence = { ...all, values: all.values.filter(({ value }) => all.view.takes(value.path)) };
  const marks = new Map<string, number>();
  const put: Put = (name, value = 1) => {
    if (value !== 0) marks.set(name, value);
  };
  markCall(evidence, put);
  markValues(evidence, put);
  markWords(evidence, put);
  return marks;
};

const markCall = ({ view, target, content, asked, own, asks, ...rest }: CallEvidence, put: Put): void => {
  if (asked) put("asked");
  if (own) put("own");
  if (asks.opaque) put("opaque");
  if (rest.untrusted) put("untrusted");
  if (rest.isPrivate) put("private");
  if (view.basis === "declared") put("declared");
  for (const effect of view.effects) {
    put(`effect ${effect}`);
    if (asked) put(`asked ${effect}`);
  }
  for (const [name, { origin, prose }] of [
    ["target", target],
    ["content", content],
  ] as const)
    put(`${name} ${origin}${prose === true ? " prose" : ""}`);
  put("again tool", Math.min(2, rest.sameTool));
  put("again effects", Math.min(2, rest.sameEffects));
  for (const point of asks.points) put(`points ${point}`);
};

const markValues = ({ values, index }: CallEvidence, put: Put): void => {
  const counts = new Map<string, number>();
  const texts = new Set<number>();
  let prose = 0;
  let outside = 0;
  for (const { value, role = "other", judged } of values) {
    const { origin, source } = judged;
    if (value.isFlag && value.text === "true") put("flag");
    const name = `${role} ${origin}${judged.prose === true ? " prose" : ""}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const isOutside = origin === "untrusted" || origin === "delegated";
    if (isOutside) outside += 1;
    if (isOutside && source !== undefined) put(`${role} ${reachOf(index.sources[source])}`);
    if (judged.prose !== true) continue;
    prose += 1;
    if (source !== undefined) texts.add(source);
  }
  for (const [name, count] of counts) put(`value ${name}`, Math.min(2, count));
  put("values", Math.min(8, values.length) / 4);
  if (texts.size === 1) put("one text");
  if (values.length === 0) return;
  put("prose", prose / values.length);
  put("outside", outside / values.length);
};

/** How a text came into the session. */
const reachOf = (source: Source | undefined): string =>
  source?.named === true ? "named" : source?.pointed === true ? "pointed" : "strayed";

/** Whose the words of the arguments are, and of the text that has most of those that only outsiders wrote. */
const markWords = ({ index, values, view, asked }: CallEvidence, put: Put): void => {
  const name = view.words.slice(0, TOOL_WORDS).filter((word) => word.length > 2);
  const share = (count: number): number => (name.length === 0 ? 0 : count / name.length);
  put("tool said", share(name.filter((word) => index.userSays(word)).length));
  const { said, trusted, unseen, outside, all, texts } = countWords(index, wordsIn(values));
  put("words", Math.log2(1 + all) / 3);
  if (all === 0) return;
  put("words said", said / all);
  put("words trusted", trusted / all);
  put("words unseen", unseen / all);
  put("words outside", outside / all);
  if (said === 0) put("none said");
  let most = -1;
  for (const [text, count] of texts) if (most < 0 || count >= (texts.get(most) ?? 0)) most = text;
  const source = index.sources[most];
  if (source === undefined) return;
  const covered = (texts.get(most) ?? 0) / all;
  put("text has", covered);
  put(`text has ${reachOf(source)}`, covered);
  put("text long", Math.min(1, source.text.length / 2000));
  const last = index.sources.findLastIndex(({ trust, tool }) => trust === "untrusted" && tool !== "");
  if (most === last) put("text last");
  else put("text since", Math.min(4, Math.abs(last - most)) / 4);
  const { words, acts } = readingOf(source);
  const leads = actsOfName(view.words)
    .values()
    .some((act) => acts.has(act));
  if (leads) put("text leads");
  if (leads && !asked) put("text leads unasked");
  put("tool in text", share(name.filter((word) => words.has(word)).length));
  if (name.some((word) => words.has(word) && !index.userSays(word))) put("tool only in text");
};

const wordsIn = (values: CallEvidence["values"]): ReadonlySet<string> => {
  const words = new Set<string>();
  for (const { value } of values) {
    if (value.isFlag) continue;
    for (const word of wordsOf(fold(value.text.slice(0, VALUE_MAX)))) {
      if (words.size >= WORDS_MAX) return words;
      if (/\d/u.test(word) || (word.length > 2 && isTelling(word))) words.add(word);
    }
  }
  return words;
};

/** How many of the words are whose; `texts`: how many of those that only outsiders wrote stand in each text. */
const countWords = (index: SessionIndex, words: ReadonlySet<string>) => {
  const counts = { said: 0, trusted: 0, unseen: 0, outside: 0 };
  const texts = new Map<number, number>();
  for (const word of words) {
    const sources = index.userSays(word) ? undefined : index.sourcesOfWord(word);
    const has = (trust: string): boolean =>
      sources?.values().some((each) => index.sources[each]?.trust === trust) === true;
    if (sources === undefined || has("user")) counts.said += 1;
    else if (has("trusted")) counts.trusted += 1;
    else if (has("untrusted")) {
      counts.outside += 1;
      for (const source of sources)
        if (index.sources[source]?.trust === "untrusted") texts.set(source, (texts.get(source) ?? 0) + 1);
    } else counts.unseen += 1;
  }
  return { ...counts, all: words.size, texts };
};
