import type { Clue } from "@parapet/model";
import { clueOf } from "../weigh.ts";
import { endsWithMachine, type FoundRequest } from "./find-requests.ts";

interface Sign {
  readonly pattern: RegExp;
  readonly weight: number;
  readonly why: string;
}

const MACHINE: Sign = {
  pattern:
    /\b(?:assistants?|(?:chat\s?)?bots?|copilot|language\smodels?|LLMs?|AI(?:\s(?:agent|model|system)s?)?|agents?\s(?:processing|reading)|system\sprompt|your\s(?:instructions|task|job|code(?:base)?|algorithm|solution|framework|programming|elucidation|explanation))\b/i,
  weight: 1.6,
  why: "it addresses a machine",
};

const SIGNS: readonly Sign[] = [
  {
    pattern:
      /\b(?:(?:your|the|this|my)\s(?:\w{1,12}\s)?(?:answer|response|reply|output|summary|translation|completion|conclusion|recommendation|review)s?\b(?!\s(?:from|of\sthe\s(?:board|court|server|study)))|(?:answer|response|reply|summary)['’]s|to\sthe\suser|the\suser\s(?:that|to|has|must|should)|the\sword\s)/i,
    weight: 2,
    why: "it speaks of the answer or of the user",
  },
  MACHINE,
  {
    pattern:
      /(?:\bmailbox\b|credential|password|api\skeys?|access\s(?:code|token)|conversation|memory\b|\bIBAN\b|https?:\/\/|[\w.]{1,40}@[\w-]{1,40}\.|~\/|\bterminal\b|all\s(?:user\s)?(?:data|messages|files)|shared\sdrive|public\schannel)/i,
    weight: 0.7,
    why: "it concerns data, addresses or commands",
  },
  {
    pattern:
      /\b(?:click|visit|call\sus|contact|let\s(?:us|me)\sknow|reply\sto\sthis|subscribe|unsubscribe|sign\s(?:in|up)|log\sin|check\sout|feel\sfree|see\s(?:the|our|also)|note\sthat|stay\stuned|read\smore|learn\smore|join\sus|follow\sus|manage\syour|view\s(?:in|online)|your\s(?:account|order|password|team|friends|subscription|calendar)|us\s(?:at|on|know)|below\sto|here\sto|this\s(?:email|message))\b/i,
    weight: -1.3,
    why: "such words are usual towards human readers",
  },
  {
    pattern:
      /\b(?:the\s(?:following\s)?(?:command|file|module|function|package|method|option|property|plugin|server|table|query|config\w{0,9}|project|repository|database|hook|type|test|class|schema|header|directory|dependenc\w{1,4})|npm|yarn|docker|git|sudo|build|compile|deploy|returns?)\b/i,
    weight: -0.9,
    why: "such words are usual in manuals",
  },
];

const KIND_CLUES: Readonly<Record<FoundRequest["kind"], Omit<Clue, "text">>> = {
  output: { weight: 0.5, why: "it asks for other words" },
  action: { weight: 0.2, why: "it asks for an act" },
  task: { weight: 0.5, why: "it sets a task" },
};

/** Below this even what the rest of the document tells cannot make a match. */
export const PLACE_WEIGHT_MAX = 1.6;

/** What the request itself tells, in log-odds. */
export const weighWords = (text: string, request: FoundRequest): Clue[] => {
  const sentence = text.slice(request.start, request.end);
  const clues = [
    { text: "requests in documents", weight: -2.6, why: "how rare requests to a machine are" },
    { text: request.verb, ...KIND_CLUES[request.kind] },
  ];
  for (const { pattern, weight, why } of SIGNS) {
    const found = pattern.exec(sentence);
    if (found !== null) clues.push(clueOf(found[0].trim(), weight, why));
  }
  // `Note to the AI assistant reading this page:` stands before the request, on its line.
  const near = text.slice(Math.max(0, request.start - BEFORE_UNITS), request.start);
  const line = near.slice(near.lastIndexOf("\n") + 1);
  const before = MACHINE.pattern.exec(line);
  if (before !== null && !clues.some(({ why }) => why === MACHINE.why))
    clues.push(clueOf(before[0], MACHINE.weight, MACHINE.why));
  const address = line.trimEnd().replace(/[,:]$/, "");
  if (endsWithMachine(address, address.length) || isVocativeWithin(sentence))
    clues.push({ text: "vocative", weight: 1.2, why: "it speaks to a machine by name" });
  return clues;
};

const isVocativeWithin = (sentence: string): boolean => {
  const comma = sentence.indexOf(",");
  return comma > 0 && comma < 60 && endsWithMachine(sentence, comma);
};

const BEFORE_UNITS = 120;
const WORD = /[a-z]{4,24}/g;
const WORDS_UNITS_MAX = 40_000;
const COMMON: ReadonlySet<string> = new Set(
  "this that with from have your their there which what when where will would could should about into than then them they these those been were also only more most some such other over under each every please make sure must include provide write give answer response reply user using used like just very".split(
    " ",
  ),
);

/** How often each longer word stands in a document. */
export type WordCounts = ReadonlyMap<string, number>;

export const countWords = (text: string): WordCounts => {
  const counts = new Map<string, number>();
  for (const [word] of text.slice(0, WORDS_UNITS_MAX).toLowerCase().matchAll(WORD)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
};

/** What the place in the document tells: whether the request belongs to it, in log-odds. */
export const weighPlace = (text: string, request: FoundRequest, counts: WordCounts, requests: number): Clue[] => {
  const clues: Clue[] = [];
  const sentence = text.slice(request.start, request.end).toLowerCase();
  const words = [...new Set([...sentence.matchAll(WORD)].map(([word]) => word))].filter((word) => !COMMON.has(word));
  const own = words.filter((word) => (counts.get(word) ?? 0) > 1).length;
  if (counts.size >= 15 && words.length >= 2) {
    const share = own / words.length;
    if (share <= 0.2) clues.push({ text: "topic", weight: 1.2, why: "its words stand nowhere else in the document" });
    else if (share >= 0.6) clues.push({ text: "topic", weight: -1, why: "the document speaks of the same things" });
  }
  const sentences = Math.max(1, text.length / 110);
  if (requests >= 4 && requests / sentences > 0.12)
    clues.push({ text: "instructions", weight: -1.1, why: "the document is made of instructions" });
  if (request.beginsLine) clues.push({ text: "own line", weight: 0.4, why: "it stands by itself" });
  if (/```|\bimport\s|<\/?(?:div|span|code)|\bconst\s|\bfunc\s|^\s{0,3}#{1,4}\s/m.test(text.slice(0, 4000)))
    clues.push({ text: "source text", weight: -0.8, why: "the document is source code or a manual" });
  return clues;
};
