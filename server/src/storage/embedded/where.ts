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
// Each name doubles the ways that a path can be read.
const PATH_NAMES_MAX = 7;

const refuse = (message: string): Fault => new Fault("bad_request", { message: `where: ${message}` });

const isField = (field: string): boolean => {
  if (ENVELOPE.has(field)) return true;
  const [root, ...parts] = field.split(".");
  return (
    root === "body" && parts.length > 0 && parts.length <= PATH_NAMES_MAX && parts.every((part) => PATH_PART.test(part))
  );
};

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
      throw refuse(
        `"${field.slice(0, 60)}" is not one of ${[...ENVELOPE].join(", ")} or a body.path of up to ${String(PATH_NAMES_MAX)} names`,
      );
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
  return terms;
};

/** All ways to read `a.b.c`: a source may use dots inside its own names. */
const pathsOf = ([first = "", ...rest]: readonly string[]): readonly (readonly string[])[] =>
  rest.length === 0
    ? [[first]]
    : pathsOf(rest).flatMap(([next = "", ...others]) => [
        [first, next, ...others],
        [`${first}.${next}`, ...others],
      ]);

/** The value at a path of the body as text; null where it has none. */
const bodyText = (parts: readonly string[]): string => {
  const branches = pathsOf(parts).map((path) => {
    const place = ["raw", ...path.map((name) => `'${name}'`)].join(", ");
    const type = `JSONType(${place})`;
    return `${type} = 'String', JSONExtractString(${place}), ${type} != 'Null', JSONExtractRaw(${place})`;
  });
  return `multiIf(${branches.join(", ")}, NULL)`;
};

/** Words that an event has whose field has the value: by them the index finds it. */
const wordsOf = ({ value, prefix }: WhereTerm): readonly string[] => {
  if (/[^\x20-\x7e]/.test(value)) return [];
  const whole = prefix ? value.replace(/[A-Za-z0-9]+$/, "") : value;
  return whole.toLowerCase().match(/[a-z0-9]+/g) ?? [];
};

/**
 * The term as SQL, its texts as parameters whose names begin with `name`. A missing field is false. The field was
 * checked by {@link parseWhere}.
 */
export const whereSql = (
  term: WhereTerm,
  name: string,
): { readonly sql: string; readonly parameters: Readonly<Record<string, string | readonly string[]>> } => {
  const [root = "", ...parts] = term.field.split(".");
  const operand = root === "body" ? bodyText(parts) : root;
  const exact = term.prefix ? `startsWith(${operand}, {${name}:String})` : `${operand} = {${name}:String}`;
  const words = root === "body" ? wordsOf(term) : [];
  if (words.length === 0) return { sql: exact, parameters: { [name]: term.value } };
  const candidate = `hasAllTokens(${EVENT_WORDS}, {${name}Words:Array(String)})`;
  return { sql: `${candidate} AND ${exact}`, parameters: { [name]: term.value, [`${name}Words`]: words } };
};
