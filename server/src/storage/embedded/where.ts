import { Fault } from "#platform";
import { EVENT_WORDS } from "./chdb-schema.ts";

/** One `field=value` term. `prefix`: the value ended in `*`. */
export interface WhereTerm {
  readonly field: string;
  readonly value: string;
  readonly prefix: boolean;
}

const ENVELOPE = new Set([
  "id",
  "source",
  "kind",
  "severity",
  "exchange",
  "session",
  "principal",
  "agent",
  "asset",
  "route",
  "model",
  "trace",
]);
const PATH_PART = /^[A-Za-z_@][A-Za-z0-9_-]{0,79}$/;
const TERMS_MAX = 20;
// Each name after the first doubles the ways that a path can be read, and each way is a piece of SQL and a look at a body.
const WAYS_MAX = 64;

const refuse = (message: string): Fault => new Fault("bad_request", { message: `where: ${message}` });

const isField = (field: string): boolean => {
  if (ENVELOPE.has(field)) return true;
  const [root, ...parts] = field.split(".");
  return root === "body" && parts.length > 0 && parts.every((part) => PATH_PART.test(part));
};

/** The names of a path into the body; none of a field of the envelope. */
const namesOf = ({ field }: WhereTerm): readonly string[] => field.split(".").slice(1);
const waysOf = (term: WhereTerm): number => Math.floor(2 ** (namesOf(term).length - 1));

/**
 * Reads `field=value [and field=value …]`; a field is an envelope name or `body.path`, a value may stand in
 * double quotes and may end in `*`. Throws a `bad_request` fault that says what is wrong.
 */
export const parseWhere = (where: string): readonly WhereTerm[] => {
  const terms: WhereTerm[] = [];
  let rest = where.trim();
  while (rest !== "") {
    const equals = rest.indexOf("=");
    if (equals < 1) throw refuse(`expected field=value at "${rest.slice(0, 40)}"`);
    const field = rest.slice(0, equals).trim();
    if (!isField(field)) {
      throw refuse(`"${field.slice(0, 60)}" is not one of ${[...ENVELOPE].join(", ")} or a body.path`);
    }
    rest = rest.slice(equals + 1).trimStart();
    let value: string;
    if (rest.startsWith('"')) {
      const end = rest.indexOf('"', 1);
      if (end < 0) throw refuse(`the quote after ${field}= is not closed`);
      value = rest.slice(1, end);
      rest = rest.slice(end + 1);
      // The star of a quoted value stands behind the quote, so that a star can also be meant.
      if (rest.startsWith("*")) {
        terms.push({ field, value, prefix: true });
        rest = rest.slice(1);
      } else terms.push({ field, value, prefix: false });
    } else {
      const end = rest.indexOf(" and ");
      value = (end < 0 ? rest : rest.slice(0, end)).trimEnd();
      rest = end < 0 ? "" : rest.slice(end);
      if (value === "") throw refuse(`${field}= has no value`);
      if (/\s/.test(value)) throw refuse(`put the value of ${field} in double quotes, it has spaces`);
      const prefix = value.endsWith("*");
      terms.push({ field, value: prefix ? value.slice(0, -1) : value, prefix });
    }
    if (terms.length > TERMS_MAX) throw refuse(`at most ${String(TERMS_MAX)} terms`);
    if (rest.trim() === "") break;
    if (!rest.startsWith(" and ")) throw refuse(`expected " and " at "${rest.slice(0, 40)}"`);
    rest = rest.slice(5).trimStart();
    if (rest === "") throw refuse("nothing follows the last and");
  }
  const ways = terms.reduce((sum, term) => sum + waysOf(term), 0);
  if (ways > WAYS_MAX) {
    throw refuse("too many names in its body paths, of which any may have dots inside; name fewer or shorter paths");
  }
  return terms;
};

/** All ways to read `a.b.c`, longer names first: a source may use dots inside its own names. */
const pathsOf = (names: readonly string[]): readonly (readonly string[])[] =>
  names.length === 0
    ? [[]]
    : names.flatMap((_, others) => {
        const length = names.length - others;
        return pathsOf(names.slice(length)).map((rest) => [names.slice(0, length).join("."), ...rest]);
      });

/** The value at a path of the body as text; null where it has none. */
const bodyText = (parts: readonly string[]): string => {
  const places = pathsOf(parts).map((path) => path.map((name) => `'${name}'`).join(", "));
  return `coalesce(${places.map((place) => `JSONExtract(raw, ${place}, 'Nullable(String)')`).join(", ")})`;
};

/** Words that an event has whose field has the value: by them the index finds it. */
const wordsOf = ({ value, prefix }: WhereTerm): readonly string[] => {
  if (/[^\x20-\x7e]/.test(value)) return [];
  const whole = prefix ? value.replace(/[A-Za-z0-9]+$/, "") : value;
  return whole.toLowerCase().match(/[a-z0-9]+/g) ?? [];
};

/**
 * The terms as conditions of SQL, with their texts as parameters. A missing field is false. The fields were checked by
 * {@link parseWhere}.
 */
export const whereSql = (
  terms: readonly WhereTerm[],
): {
  readonly conditions: readonly string[];
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
} => {
  const words = [...new Set(terms.flatMap((term) => (namesOf(term).length === 0 ? [] : wordsOf(term))))];
  const exact = terms.map((term, index) => {
    const names = namesOf(term);
    const operand = names.length === 0 ? term.field : bodyText(names);
    const value = `{term${String(index)}:String}`;
    return term.prefix ? `startsWith(${operand}, ${value})` : `${operand} = ${value}`;
  });
  return {
    conditions: words.length === 0 ? exact : [`hasAllTokens(${EVENT_WORDS}, {words:Array(String)})`, ...exact],
    parameters: {
      ...Object.fromEntries(terms.map(({ value }, index) => [`term${String(index)}`, value])),
      ...(words.length > 0 && { words }),
    },
  };
};
