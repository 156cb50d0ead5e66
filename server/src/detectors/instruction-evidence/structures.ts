import { conceptNumber } from "./concepts.ts";

const TEMPLATE_TOKEN = conceptNumber("templateToken");
const ROLE_TAG = conceptNumber("roleTag");
const ROLE_HEADER = conceptNumber("roleHeader");
const ROLE_OBJECT = conceptNumber("roleObject");
const CLOSING_TAG = conceptNumber("closingTag");
const URL = conceptNumber("url");
const ADDRESS = conceptNumber("address");
const ORDER_TAG = conceptNumber("orderTag");
const IMAGE_LINK = conceptNumber("imageLink");
const FENCE = conceptNumber("fence");

// Sticky patterns of bounded length, tried only where their first character stands: the whole stays linear.
const ANGLE =
  /<\|(?:im_start|im_end|im_sep|system|user|assistant|begin_of_text|end_of_text|eot_id|start_header_id|end_header_id|endoftext|channel|message|return)\|>|<\/?s>|<<\/?SYS>>|<(?:start_of_turn|end_of_turn)>|(<\/(?:user|document|context|data|input|prompt|untrusted|tool_result|instructions?|question|query|email|search_results?|output)\s{0,4}>)|(<\/?(?:system|assistant|developer|admin|sys|system[-_]?prompt|system[-_]?message|human)\b[^<>]{0,40}>)|(<\/?(?:important|secret|instruction|critical|override|priority|hidden|note[-_]?to[-_]?(?:ai|self))\b[^<>]{0,20}>)/iy;
const SQUARE =
  /\[\/?INST\]|\[\/?SYS(?:TEM)?_?(?:PROMPT|MSG|MESSAGE)?\]|\[(?:assistant|developer|admin|ai|important|instruction|override)\]|\[(?:end|start|begin|new)(?: of)? ?(?:document|input|context|user|system|output|conversation|prompt|instructions)[^\]]{0,20}\]/iy;
const ROLE_JSON = /"role"\s{0,3}:\s{0,3}"(?:system|developer|assistant)"/iy;
const HEADING = /#{2,6}[ \t]{0,3}(?:new[ \t])?(?:system|instructions?|assistant|developer|human|response|end of)\b/iy;
const FENCE_LINE =
  /([-=#*~_])\1{4,}[ \t]{0,3}(?:(?:end|begin|start|stop|new|ignore|system|user|instructions?|just|now)\b|\n)/iy;
const IMAGE = /!\[[^\]\n]{0,60}\]\(https?:\/\/[^)\s]{1,200}[?&=]/iy;
const ROLE_NAMES = new Set(["system", "assistant", "developer", "ai", "chatgpt", "sysadmin", "admin"]);

const matches = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** A role named at the start of a line before the colon at `colon`. */
const roleHeader = (text: string, colon: number): boolean => {
  let start = colon;
  while (start > 0 && colon - start < 12 && /[a-z]/i.test(text.charAt(start - 1))) start -= 1;
  if (!ROLE_NAMES.has(text.slice(start, colon).toLowerCase())) return false;
  let before = start - 1;
  while (before >= 0 && start - before < 6 && " #*[>\t".includes(text.charAt(before))) before -= 1;
  return before < 0 || text.charAt(before) === "\n" || (start - before > 1 && ".!?\"'".includes(text.charAt(before)));
};

/** Where the structure found by the last `structureAt` ends. */
export let structureEnd = 0;

const found = (concept: number, end: number): number => {
  structureEnd = end;
  return concept;
};

/** Separators that may open a structure. */
export const OPENERS: Uint8Array = Uint8Array.from({ length: 128 }, (_, unit) =>
  '<["#-=*~_!:@'.includes(String.fromCharCode(unit)) ? 1 : 0,
);

/** Concept of the structure that stands at `at`, or -1. Looks at a bounded stretch of the text. */
export const structureAt = (text: string, at: number, unit: number): number => {
  switch (unit) {
    case 0x3c: {
      const hit = matches(ANGLE, text, at);
      if (hit === null) return -1;
      const concept =
        hit[1] !== undefined
          ? CLOSING_TAG
          : hit[2] !== undefined
            ? ROLE_TAG
            : hit[3] !== undefined
              ? ORDER_TAG
              : TEMPLATE_TOKEN;
      return found(concept, at + hit[0].length);
    }
    case 0x5b: {
      const hit = matches(SQUARE, text, at);
      return hit === null
        ? -1
        : found(hit[0].toUpperCase().includes("INST]") ? TEMPLATE_TOKEN : ROLE_TAG, at + hit[0].length);
    }
    case 0x22: {
      if (text.charCodeAt(at + 1) !== 0x72 && text.charCodeAt(at + 1) !== 0x52) return -1;
      const hit = matches(ROLE_JSON, text, at);
      return hit === null ? -1 : found(ROLE_OBJECT, at + hit[0].length);
    }
    case 0x21: {
      if (text.charCodeAt(at + 1) !== 0x5b) return -1;
      const hit = matches(IMAGE, text, at);
      return hit === null ? -1 : found(IMAGE_LINK, at + hit[0].length);
    }
    case 0x3a: {
      if (text.charCodeAt(at + 1) === 0x2f && text.charCodeAt(at + 2) === 0x2f) return found(URL, at + 3);
      return roleHeader(text, at) ? found(ROLE_HEADER, at + 1) : -1;
    }
    case 0x40: {
      const after = text.charCodeAt(at + 1);
      const before = at === 0 ? 0 : text.charCodeAt(at - 1);
      const isWord = (code: number): boolean =>
        (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
      return isWord(before) && isWord(after) && text.slice(at, at + 60).includes(".") ? found(ADDRESS, at + 1) : -1;
    }
    default: {
      // A row of the same mark is looked at once, from its first one.
      if (at > 0 && text.charCodeAt(at - 1) === unit) return -1;
      if (text.charCodeAt(at + 1) !== unit) return -1;
      if (unit === 0x23) {
        const heading = matches(HEADING, text, at);
        if (heading !== null) return found(ROLE_HEADER, at + heading[0].length);
      }
      if (text.charCodeAt(at + 2) !== unit) return -1;
      const hit = matches(FENCE_LINE, text, at);
      return hit === null ? -1 : found(FENCE, at + hit[0].length);
    }
  }
};
