import type { FieldPlan, Matcher, Order, TimePart } from "./field-plan.ts";
import { TIME_SOURCE } from "./field-test.ts";
import { ARRAYS_MAX, DECIMAL_SOURCE, ENVELOPE_FIELDS, SEARCHED_FIELDS } from "./field-values.ts";
import { candidateSql } from "./candidate-sql.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import type { Part } from "./wildcard.ts";

/** Each name that a path could be one dot longer by doubles the query. */
const PATH_NAMES_MAX = 7;
const NO_TOKENS = "CAST([], 'Array(String)')";
const ORDER_SIGNS: Readonly<Record<Order, string>> = { lt: "<", lte: "<=", gt: ">", gte: ">=", eq: "=" };
const TIME_FUNCTIONS: Readonly<Record<TimePart, string>> = {
  minute: "toMinute",
  hour: "toHour",
  day: "toDayOfMonth",
  week: "toISOWeek",
  month: "toMonth",
  year: "toYear",
};
const ISO = (column: string): string => `concat(replaceOne(toString(events.${column}), ' ', 'T'), 'Z')`;
/** Columns of the store's table of events by the name of the field. */
const COLUMNS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(ENVELOPE_FIELDS.map((name) => [name, `toString(events.${name})`])),
  time: ISO("time"),
  receivedAt: ISO("received_at"),
  schemaVersion: "toString(events.schema_version)",
};

/** Thrown for what a query cannot say; the stream predicate can. */
export class NotQueryable extends Error {}

// The values of a field travel as tokens of JSON, so that a text, a number and an object stay apart.
const openArrays = (tokens: string): string => {
  let opened = tokens;
  for (let level = 0; level < ARRAYS_MAX; level += 1)
    opened = `arrayFlatten(arrayMap(o -> if(startsWith(o, '['), JSONExtractArrayRaw(o), [o]), ${opened}))`;
  return `arrayFilter(o -> NOT startsWith(o, '[') AND o != 'null', ${opened})`;
};

const tokensAt = (object: string, names: readonly string[], parameters: SqlParameters, depth = 0): string => {
  if (names.length > PATH_NAMES_MAX) throw new NotQueryable(`a path of more than ${PATH_NAMES_MAX} names`);
  const branches = names.map((_, index) => {
    const length = names.length - index;
    const key = parameters.text(names.slice(0, length).join("."));
    const rest = names.slice(length);
    const tokens = openArrays(`[JSONExtractRaw(${object}, ${key})]`);
    const inner = `v${String(depth)}`;
    const found =
      rest.length === 0
        ? tokens
        : `arrayFlatten(arrayMap(${inner} -> ${tokensAt(inner, rest, parameters, depth + 1)}, ${tokens}))`;
    return `JSONHas(${object}, ${key}), ${found}`;
  });
  return `multiIf(${branches.join(", ")}, ${NO_TOKENS})`;
};

/** Every text and number in `raw`, which is JSON without spaces: a key is what a colon follows. */
const LEAVES = `arrayFilter(o -> NOT endsWith(o, '":'), extractAll(events.raw, '"(?:[^"\\\\\\\\]|\\\\\\\\.)*":?|-?[0-9][^],}]*'))`;
const textsOf = (tokens: string): string =>
  `arrayMap(o -> if(startsWith(o, '"'), JSONExtractString(o), replaceRegexpOne(o, 'e([0-9])', 'e+\\\\1')),
    arrayFilter(o -> NOT startsWith(o, '{'), ${tokens}))`;

/** Where a field's values are: one column, or an array of tokens. */
type Place = { readonly kind: "column"; readonly text: string } | { readonly kind: "tokens"; readonly tokens: string };

const columnOf = (field: string): string | undefined => (Object.hasOwn(COLUMNS, field) ? COLUMNS[field] : undefined);

const placeOf = (field: string, parameters: SqlParameters): Place => {
  const text = columnOf(field);
  if (text !== undefined) return { kind: "column", text };
  if (field === "") {
    const searched = SEARCHED_FIELDS.map((name) => `toString(events.${name})`).join(", ");
    const columns = `arrayMap(o -> toJSONString(o), arrayFilter(o -> o != '', [${searched}]))`;
    return { kind: "tokens", tokens: `arrayConcat(${columns}, ${LEAVES})` };
  }
  const names = field.split(".");
  const path = names[0] === "body" && names.length > 1 ? names.slice(1) : names;
  return { kind: "tokens", tokens: tokensAt("events.raw", path, parameters) };
};

/** An expression for the field's first value as text; empty where it has none. */
export const firstText = (field: string, parameters: SqlParameters): string => {
  const place = placeOf(field, parameters);
  return place.kind === "column" ? place.text : `arrayElement(${textsOf(place.tokens)}, 1)`;
};

const likeOf = (parts: readonly Part[], start: boolean, end: boolean): string => {
  const inner = parts.map(({ kind, text }) =>
    kind === "any" ? "%" : kind === "one" ? "_" : text.replaceAll(/[\\%_]/g, String.raw`\$&`),
  );
  return `${start ? "" : "%"}${inner.join("")}${end ? "" : "%"}`;
};

const matches = (matcher: Matcher, text: string, isText: string, parameters: SqlParameters): string => {
  switch (matcher.kind) {
    case "text": {
      const { parts, anchors, cased } = matcher;
      const folded = cased ? text : `lowerUTF8(${text})`;
      const [only] = parts;
      if (parts.length > 1 || (only !== undefined && only.kind !== "text"))
        return `${folded} LIKE ${parameters.text(likeOf(parts, anchors.start, anchors.end))}`;
      const wanted = parameters.text(only?.text ?? "");
      if (anchors.start && anchors.end) return `${folded} = ${wanted}`;
      if (anchors.start) return `startsWith(${folded}, ${wanted})`;
      return anchors.end ? `endsWith(${folded}, ${wanted})` : `position(${folded}, ${wanted}) > 0`;
    }
    case "words":
      return `hasAllTokens(lowerUTF8(${text}), ${parameters.texts(matcher.words)})`;
    case "regex": {
      const { source, flags } = matcher;
      // The engine's dot takes line ends too, unless it is told not to.
      const on = [...flags].join("");
      const prefix = `${on === "" ? "" : `(?${on})`}${flags.has("s") ? "" : "(?-s)"}`;
      return `match(${text}, ${parameters.text(`${prefix}${source}`)})`;
    }
    case "number": {
      const { order, bound, part } = matcher;
      const sign = ORDER_SIGNS[order];
      const wanted = parameters.number(bound);
      if (part === undefined) {
        const number = `toFloat64OrZero(${text})`;
        return `(match(${text}, '${quoted(DECIMAL_SOURCE)}') AND isFinite(${number}) AND ${number} ${sign} ${wanted})`;
      }
      const time = `parseDateTime64BestEffortOrZero(${text}, 3, 'UTC')`;
      return `(${isText} AND match(${text}, '${quoted(TIME_SOURCE)}') AND ${TIME_FUNCTIONS[part]}(${time}) ${sign} ${wanted})`;
    }
    case "network": {
      const { address, bits, family } = matcher;
      const is = family === 4 ? `isIPv4String(${text})` : `isIPv6String(${text})`;
      const safe = `if(${is}, ${text}, '${family === 4 ? "0.0.0.0" : "::"}')`;
      return `(${isText} AND ${is} AND isIPAddressInRange(${safe}, ${parameters.text(`${address}/${String(bits)}`)}))`;
    }
    case "field": {
      const { field, place, cased } = matcher;
      const fold = (each: string): string => (cased ? each : `lowerUTF8(${each})`);
      const other = placeOf(field, parameters);
      const [left, right] = [fold(text), fold("w")];
      const compared = {
        contains: `position(${left}, ${right}) > 0`,
        startswith: `startsWith(${left}, ${right})`,
        endswith: `endsWith(${left}, ${right})`,
        whole: `${left} = ${right}`,
      }[place];
      const texts = other.kind === "column" ? `arrayFilter(o -> o != '', [${other.text}])` : textsOf(other.tokens);
      return `arrayExists(w -> ${compared}, ${texts})`;
    }
  }
};

const quoted = (pattern: string): string => pattern.replaceAll("\\", "\\\\");
const joined = (terms: readonly string[], word: "AND" | "OR", empty: string): string =>
  terms.length === 0 ? empty : terms.length === 1 ? (terms[0] ?? empty) : `(${terms.join(` ${word} `)})`;

/** A test of a field: what holds, and what must hold for it to hold and is found cheaply. */
export interface FieldSql {
  readonly exact: string;
  readonly candidates: string | undefined;
}

/** A test of a field as ClickHouse SQL over the table of events; two-valued as its predicate is. */
export const fieldSql = (plan: FieldPlan, parameters: SqlParameters): FieldSql => {
  const place = placeOf(plan.field, parameters);
  const isThere = place.kind === "column" ? `(${place.text} != '')` : `notEmpty(${place.tokens})`;
  if (plan.kind === "exists") {
    const exact = plan.wanted ? isThere : `NOT ${isThere}`;
    return { exact, candidates: place.kind === "column" ? exact : undefined };
  }
  const any = (group: readonly Matcher[]): string => {
    if (place.kind === "column") {
      const terms = group.map((matcher) => matches(matcher, place.text, "1", parameters));
      return `(${place.text} != '' AND ${joined(terms, "OR", "0")})`;
    }
    const ofTexts = (chosen: readonly Matcher[], tokens: string): string[] =>
      chosen.length === 0
        ? []
        : [
            `arrayExists(x -> ${joined(
              chosen.map((matcher) => matches(matcher, "x", "1", parameters)),
              "OR",
              "0",
            )}, ${textsOf(tokens)})`,
          ];
    const needsText = (matcher: Matcher): boolean =>
      matcher.kind === "network" || (matcher.kind === "number" && matcher.part !== undefined);
    const terms = [
      ...ofTexts(
        group.filter((matcher) => !needsText(matcher)),
        place.tokens,
      ),
      ...ofTexts(group.filter(needsText), `arrayFilter(o -> startsWith(o, '"'), ${place.tokens})`),
    ];
    return joined(terms, "OR", "0");
  };
  const exact = ((): string => {
    switch (plan.kind) {
      case "every":
        return joined(plan.groups.map(any), "AND", "1");
      case "none":
        return `(${isThere} AND NOT ${any(plan.groups.flat())})`;
      case "some": {
        const holds = any(plan.groups.flat());
        return plan.orMissing ? `(NOT ${isThere} OR ${holds})` : holds;
      }
    }
  })();
  return { exact, candidates: place.kind === "column" ? exact : candidateSql(plan, parameters) };
};
