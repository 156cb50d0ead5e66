/** One row of the builder. */
export interface Term {
  readonly field: string;
  readonly operator: (typeof OPERATORS)[number]["value"];
  readonly value: string;
}

export const OPERATORS = [
  { value: "=", label: "is" },
  { value: "!=", label: "is not" },
  { value: "contains", label: "contains" },
  { value: "startswith", label: "starts with" },
  { value: "in", label: "is one of" },
  { value: ">=", label: "is at least" },
  { value: "<=", label: "is at most" },
  { value: "cidr", label: "is in the network" },
  { value: "re", label: "matches" },
  { value: "exists", label: "is there" },
] as const;

const NUMBER = /^[+-]?\d{1,40}(?:\.\d{1,40})?$/;
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
const valueOf = (text: string): string => (NUMBER.test(text) ? text : quoted(text));

const textOf = ({ field, operator, value }: Term): string => {
  if (operator === "exists") return `${field} exists`;
  if (operator === "in") {
    const values = value.split(",").map((each) => valueOf(each.trim()));
    return `${field} in (${values.join(", ")})`;
  }
  return `${field} ${operator} ${operator === "=" || operator === "!=" || operator.endsWith("=") ? valueOf(value) : quoted(value)}`;
};

/** The rows as an expression; rows that are not finished are left out. */
export const toExpression = (terms: readonly Term[]): string =>
  terms
    .filter(({ field, operator, value }) => field.trim() !== "" && (operator === "exists" || value.trim() !== ""))
    .map((term) => textOf({ ...term, field: term.field.trim(), value: term.value.trim() }))
    .join(" and ");
