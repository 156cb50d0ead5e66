import { EVENT_WORDS } from "#storage";
import type { FieldPlan, Matcher } from "./field-plan.ts";
import type { SqlParameters } from "./sql-parameters.ts";

const SUBSTRING_UNITS_MIN = 2;
/** Only these have, in other scripts, letters that become them in lower case (U+212A and U+0130). */
const FOLDED_INTO = /[^\x20-\x7e]|[ki]/i;

/** Words of a literal; the first and the last only where the text cannot go on. */
const wholeWords = (literal: string, startsHere: boolean, endsHere: boolean): readonly string[] => {
  if ([...literal].some((character) => character > "\u007f")) return [];
  return [...literal.matchAll(/[A-Za-z0-9]+/g)]
    .filter(({ index, 0: word }) => (index > 0 || startsHere) && (index + word.length < literal.length || endsHere))
    .map(([word]) => word.toLowerCase());
};

const longest = (texts: readonly string[]): string =>
  texts.reduce((best, text) => (text.length > best.length ? text : best), "");

/** What `raw` must hold, as JSON has it, for a value to meet the matcher. */
const ofMatcher = (matcher: Matcher, parameters: SqlParameters): string | undefined => {
  if (matcher.kind === "words")
    return matcher.words.length === 0 ? undefined : `hasAllTokens(${EVENT_WORDS}, ${parameters.texts(matcher.words)})`;
  if (matcher.kind !== "text") return undefined;
  const { parts, anchors } = matcher;
  const literals = parts.map(({ kind, text }) => (kind === "text" ? JSON.stringify(text).slice(1, -1) : ""));
  const words = parts.flatMap(({ kind, text }, index) =>
    kind === "text" ? wholeWords(text, index === 0 && anchors.start, index === parts.length - 1 && anchors.end) : [],
  );
  if (words.length > 0) return `hasAllTokens(${EVENT_WORDS}, ${parameters.texts(words)})`;
  const piece = longest(literals.flatMap((literal) => literal.split(FOLDED_INTO)));
  return piece.length < SUBSTRING_UNITS_MIN
    ? undefined
    : `positionCaseInsensitive(events.raw, ${parameters.text(piece)}) > 0`;
};

/**
 * A condition that every event has for which the test holds, over words and pieces of the body's JSON: found by the
 * text index or by one search, so that a body is opened only where it may be worth it. Undefined: none is known.
 */
export const candidateSql = (plan: FieldPlan, parameters: SqlParameters): string | undefined => {
  if (plan.kind === "exists" || plan.kind === "none" || plan.orMissing) return undefined;
  // Keywords are also looked for in the envelope, whose words the index has too.
  if (plan.field === "" && plan.groups.flat().some(({ kind }) => kind !== "words")) return undefined;
  const groups = plan.groups.map((group) => {
    const terms = group.map((matcher) => ofMatcher(matcher, parameters));
    const known = terms.filter((term) => term !== undefined);
    return known.length < terms.length || known.length === 0 ? undefined : `(${known.join(" OR ")})`;
  });
  const known = groups.filter((group) => group !== undefined);
  if (plan.kind === "every") return known.length === 0 ? undefined : known.join(" AND ");
  return known.length < groups.length || known.length === 0 ? undefined : `(${known.join(" OR ")})`;
};
