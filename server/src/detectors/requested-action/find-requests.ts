import { LEAD_WORDS, REQUEST_VERBS, type RequestKind } from "./request-verbs.ts";

/** A sentence that asks its reader for something. */
export interface FoundRequest {
  readonly kind: RequestKind;
  readonly verb: string;
  readonly start: number;
  readonly end: number;
  /** Begins its line. */
  readonly beginsLine: boolean;
}

const SENTENCE_UNITS_MAX = 320;
const REQUESTS_MAX = 200;

// Lower case; what stands before is counted apart, which is ten times as quick as counting in the expression.
const DUTY =
  /\b(?:you (?:must|should|need to|have to|are (?:required|instructed|asked|expected) to|will)|(?:are|is) required to|your (?:only )?(?:job|task) (?:now )?is to|make sure(?: to| you| that you)?|be sure to|(?:do not|don['’]t) (?:forget|hesitate) to|remember to|(?:can|could|would|will) you(?: please)?|i (?:want|need) you to|next i will) (?:also |then |now |please )?([a-z]{2,14})\b/;
/** `Agents applying this policy must exempt …`. */
const MACHINE_DUTY =
  /\b(?:assistants?|agents?|bots?|ais?|llms?|models?|software|summari(?:es|[sz]ers?)|copilots?)\b[^.,:;\n]{0,50}? (?:must|should|shall|may|are to|is to|have to|has to) (?:also |now |always |not )?([a-z]{2,14})\b/;
const DUTY_SIGNS = /you|required|sure|rememb|forget|next i|must|should|shall|may|are to|is to|have to|has to/;
/** A duty further inside a sentence is told of, not given. */
const DUTY_WITHIN_UNITS = 70;
const DUTY_STRIDE_UNITS = 24;

const isLetter = (unit: number): boolean => (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90);
const isSpace = (unit: number): boolean => unit === 32 || unit === 9 || unit === 10 || unit === 13;

const marksOf = (marks: string): Uint8Array => {
  const table = new Uint8Array(0x10000);
  for (let at = 0; at < marks.length; at++) table[marks.charCodeAt(at)] = 1;
  return table;
};
// Full stop, question and exclamation mark, colon, line end, and marks of lists, quotes, cells and tags.
const STARTS = marksOf('.?!:\n\r|>*#-"“]([;,');
const LINE_STARTS = marksOf("\n\r|>*#");
const COMMA = 0x2c;
const CLAUSE_UNITS_MAX = 160;
const MACHINE_NAME =
  /^(?:assistant|agent|[\w-]{0,12}bot|copilot|ai|[\w-]{0,12}-?llm|model|summari[sz]er|crawler|helper|app|[\w-]{1,12}-ai)s?$/i;

/** `Dear shop bot`, `Copilot`: whether what ends here, before a comma or a colon, speaks to a machine. */
export const endsWithMachine = (text: string, end: number): boolean => {
  let start = end;
  while (end - start < 26 && (isLetter(text.charCodeAt(start - 1)) || text.charCodeAt(start - 1) === HYPHEN)) start--;
  return end > start && MACHINE_NAME.test(text.slice(start, end));
};

const HYPHEN = 0x2d;
const CONDITION = /^(?:if|when|before|after|once|to|hi|hello|instead|as|in)\b/i;

/** Requests in a text, in their order; sentences that begin with a verb that asks, or that say what the reader must do. */
export const findRequests = (text: string, requestsMax = REQUESTS_MAX): readonly FoundRequest[] => {
  const found: FoundRequest[] = [];
  let isStart = true;
  let isLine = true;
  let sentenceStart = 0;
  /** Behind the comma of `If you are …,`: what stands before belongs to the request. */
  let isClause = false;
  let dutyFrom = 0;
  for (let at = 0; at < text.length && found.length < requestsMax; at++) {
    const unit = text.charCodeAt(at);
    if (STARTS[unit] === 1) {
      // `example.com` and `foo:bar` go on.
      const next = text.charCodeAt(at + 1);
      const isLineMark = LINE_STARTS[unit] === 1;
      if (unit === COMMA) {
        isStart =
          isSpace(next) &&
          at - sentenceStart < CLAUSE_UNITS_MAX &&
          (CONDITION.test(text.slice(sentenceStart, sentenceStart + 12)) || endsWithMachine(text, at));
        isClause = isStart;
        continue;
      }
      isClause = false;
      isStart = isLineMark || Number.isNaN(next) || isSpace(next) || !isLetter(next) || unit === 34 || unit === 0x201c;
      isLine = isLineMark || (isLine && isStart);
      if (isStart) sentenceStart = at + 1;
      continue;
    }
    if (!isStart || isSpace(unit)) {
      if (isStart && sentenceStart === at) sentenceStart = at + 1;
      continue;
    }
    isStart = false;
    const beginsLine = isLine;
    isLine = false;
    if (!isLetter(unit)) continue;
    const request = requestAt(text, at, beginsLine, at >= dutyFrom);
    if (request === undefined) {
      // What was read for a duty reaches further than this, and a text of nothing but starts stays cheap.
      if (at >= dutyFrom) dutyFrom = at + DUTY_STRIDE_UNITS;
      continue;
    }
    found.push(isClause ? { ...request, start: sentenceStart } : request);
    at = Math.max(at, request.end - 2);
  }
  return found;
};

const requestAt = (text: string, start: number, beginsLine: boolean, readsDuty: boolean): FoundRequest | undefined => {
  let at = start;
  for (let lead = 0; lead < 3; lead++) {
    const word = wordAt(text, at);
    const kind = REQUEST_VERBS.get(word);
    if (kind !== undefined) {
      const after = text.charCodeAt(at + word.length);
      // `Report:` is a heading, `open()` code, `order-id` a name.
      return isSpace(after) && !isHeading(text, at + word.length)
        ? { kind, verb: word, start, end: endOf(text, at), beginsLine }
        : undefined;
    }
    if (!LEAD_WORDS.has(word)) break;
    at += word.length;
    while (isSpace(text.charCodeAt(at)) || text.charCodeAt(at) === COMMA) at++;
  }
  if (!readsDuty) return undefined;
  const sentence = text.slice(start, start + 120).toLowerCase();
  if (!DUTY_SIGNS.test(sentence)) return undefined;
  const duty = DUTY.exec(sentence) ?? MACHINE_DUTY.exec(sentence);
  const verb = duty === null || duty.index > DUTY_WITHIN_UNITS ? undefined : duty[1];
  const kind = verb === undefined ? undefined : REQUEST_VERBS.get(verb);
  if (verb === undefined || kind === undefined) return undefined;
  return { kind, verb, start, end: endOf(text, start), beginsLine };
};

const wordAt = (text: string, start: number): string => {
  let end = start;
  while (end - start < 16 && isLetter(text.charCodeAt(end))) end++;
  return text.slice(start, end).toLowerCase();
};

// `Report of the board` and `Set of tools` name things.
const isHeading = (text: string, at: number): boolean =>
  /^\s(?:of|is|are|was|were|has|by|for|on|from|and|or|in|number|date|id|status|=|:)\b/i.test(text.slice(at, at + 10)) &&
  !/^\s(?:in|on)\s(?:a|the|your|my|french|german|spanish)\b/i.test(text.slice(at, at + 14));

const endOf = (text: string, start: number): number => {
  const last = Math.min(text.length, start + SENTENCE_UNITS_MAX);
  for (let at = start; at < last; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || unit === 13 || unit === 0x7c) return at;
    if (
      (unit === 0x2e || unit === 0x21 || unit === 0x3f) &&
      (at + 1 >= text.length || isSpace(text.charCodeAt(at + 1)))
    )
      return at + 1;
  }
  return last;
};
