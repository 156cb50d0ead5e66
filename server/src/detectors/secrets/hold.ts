import { createLiteralAutomaton } from "../literal-automaton.ts";
import { PRIVATE_KEY_UNITS_MAX } from "./private-key.ts";

const ASSIGNMENT_UNITS_MAX = 640;
const RUN_UNITS_MAX = 4096;
const PEM = "-----BEGIN";

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const holdPrivateKey = (window: string): number => {
  const start = window.lastIndexOf(PEM);
  if (start === -1 || window.length - start > PRIVATE_KEY_UNITS_MAX) return window.length;
  const rest = window.slice(start + PEM.length);
  const header = /^ [A-Z0-9 ]*-{5}/.exec(rest)?.[0];
  if (header !== undefined && !header.includes("PRIVATE KEY")) return window.length;
  return /-{5}END [A-Z0-9 ]{0,50}-{5}/.test(rest) ? window.length : start;
};

// `curl … -u user:pass`: the option and what has come of its value.
const CURL_OPTION = /(?: -u|--user)[ =]?["']?[^\s"']{0,240}$/;

const holdOption = (window: string): number => {
  const tail = window.slice(-ASSIGNMENT_UNITS_MAX);
  const option = CURL_OPTION.exec(tail);
  if (option === null || !tail.slice(0, option.index).toLowerCase().includes("curl ")) return window.length;
  return window.length - tail.length + option.index;
};

const SPACED_CHARACTERS_MIN = 3;

/** `g h p _ 4 x`: a row of single characters with the same sign between, which may be a key spelled out. */
const holdSpaced = (window: string): number => {
  // The last unit may be the separator or the character behind it.
  const last = window.length - 1;
  for (const end of [last, last - 1]) {
    const separator = window[end - 1];
    if (separator === undefined || !" .-|,".includes(separator)) continue;
    let start = end;
    while (start >= 2 && window[start - 1] === separator && /\S/.test(window[start - 2] ?? "")) start -= 2;
    if (end - start >= (SPACED_CHARACTERS_MIN - 1) * 2) return start;
  }
  return window.length;
};

/**
 * Where text must be held back because a secret could still complete in it: a private key without its
 * last line, the value of an assignment, or a last word that begins as a token does. Bounded by 8 KB.
 */
export const holdSecrets = (
  formatLiterals: readonly string[],
  contextWords: readonly string[],
): ((window: string) => number) => {
  const prefixes = new Set(
    formatLiterals.flatMap((literal) => Array.from(literal, (_, index) => literal.slice(0, index + 1))),
  );
  const longest = Math.max(...formatLiterals.map((literal) => literal.length));
  const gates = new RegExp(
    formatLiterals
      .filter((literal) => literal.length > 2)
      .map(escape)
      .join("|"),
    "i",
  );
  const words = createLiteralAutomaton(contextWords);
  // The name is found first and its rest tried from there: one pattern for both would try every start of every name.
  const rest =
    /[\w.-]{0,40}[\\"'`\])]{0,3}[ \t]{0,4}(?:[:=>,|]{1,3}|(?:is|was|ist|est|es)(?= |$))?[ \t]{0,4}[\\"'`]{0,2}(?:(?:bearer|basic|token) {0,4})?[^\s"'`]{0,512}$/iy;

  const holdRun = (window: string): number => {
    let start = window.length;
    const floor = Math.max(0, window.length - RUN_UNITS_MAX);
    while (start > floor && !/[\s"'`,;<>()[\]{}|]/.test(window[start - 1] ?? " ")) start -= 1;
    const run = window.slice(start);
    if (run === "") return window.length;
    // A key split over two deltas is whole only later: whatever looks unlike a word waits.
    if (
      run.length >= 20 ||
      run.includes("://") ||
      gates.test(run) ||
      (/\d/.test(run) && /[A-Za-z]/.test(run)) ||
      /\d{4}/.test(run)
    )
      return start;
    for (let index = Math.max(0, run.length - longest); index < run.length; index += 1) {
      const boundary = index === 0 || !/[A-Za-z0-9]/.test(run[index - 1] ?? "");
      if (boundary && prefixes.has(run.slice(index).toLowerCase())) return start;
    }
    return window.length;
  };

  const holdAssignment = (window: string): number => {
    const offset = Math.max(0, window.length - ASSIGNMENT_UNITS_MAX);
    const tail = window.slice(offset);
    let first = tail.length;
    words.scan(tail, (_, start, end) => {
      rest.lastIndex = end;
      if (start < first && rest.test(tail)) first = start;
    });
    if (first === tail.length) return window.length;
    const name = /[\w.-]{0,48}$/.exec(tail.slice(Math.max(0, first - 48), first))?.[0] ?? "";
    return offset + first - name.length;
  };

  return (window) =>
    Math.min(holdPrivateKey(window), holdRun(window), holdAssignment(window), holdOption(window), holdSpaced(window));
};
