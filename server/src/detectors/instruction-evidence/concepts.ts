import type { Words } from "./words.ts";
import {
  authority,
  machine,
  must,
  riskyAct,
  sayOnly,
  secrecy,
  send,
  takeover,
  theUser,
  toolOrder,
} from "./words-address.ts";
import { reveal, sensitive, systemPrompt, textAbove, verbatim } from "./words-extraction.ts";
import {
  aboutAttacks,
  askFrame,
  everydayObject,
  everydayRole,
  exampleFrame,
  negation,
  ownRequest,
  peopleMail,
} from "./words-frames.ts";
import { all, disable, instruction, newTask, override, ownLimits, previous, rules, work } from "./words-override.ts";
import {
  act,
  enabled,
  fiction,
  forcedAnswer,
  fromNowOn,
  harm,
  noRefusal,
  unlimited,
  unlockedMode,
  youAre,
} from "./words-role.ts";

/** What a word or a piece of structure stands for. Structures have no words: `structures.ts` finds them. */
const NAMED = {
  override,
  instruction,
  work,
  previous,
  all,
  newTask,
  rules,
  ownLimits,
  disable,
  reveal,
  systemPrompt,
  verbatim,
  textAbove,
  sensitive,
  fromNowOn,
  youAre,
  act,
  unlimited,
  unlockedMode,
  enabled,
  noRefusal,
  harm,
  fiction,
  forcedAnswer,
  machine,
  authority,
  secrecy,
  send,
  theUser,
  toolOrder,
  riskyAct,
  must,
  sayOnly,
  takeover,
  aboutAttacks,
  exampleFrame,
  askFrame,
  everydayObject,
  ownRequest,
  everydayRole,
  peopleMail,
  negation,
  templateToken: undefined,
  roleTag: undefined,
  roleHeader: undefined,
  roleObject: undefined,
  closingTag: undefined,
  url: undefined,
  address: undefined,
  orderTag: undefined,
  imageLink: undefined,
  fence: undefined,
} as const satisfies Record<string, Words | undefined>;

export type ConceptName = keyof typeof NAMED;

const isConceptName = (name: string): name is ConceptName => Object.hasOwn(NAMED, name);

/** All concepts; their index is their number everywhere in this folder. */
export const CONCEPTS: readonly { readonly name: ConceptName; readonly words: Words | undefined }[] = Object.keys(NAMED)
  .filter(isConceptName)
  .map((name) => ({ name, words: NAMED[name] }));

const numbers = new Map(CONCEPTS.map(({ name }, number) => [name, number]));

export const conceptNumber = (name: ConceptName): number => numbers.get(name) ?? -1;
