import type { Condition, FieldTest, Rule, RuleValue, Selection } from "./rule.ts";
import { planFieldTest, wordsOf } from "./field-plan.ts";

export type ParsedWhere =
  | { readonly ok: true; readonly detection: Pick<Rule, "selections" | "condition"> }
  /** `column`: from 1, where it was not understood. */
  | { readonly ok: false; readonly message: string; readonly fix: string; readonly column: number };

const UNITS_MAX = 4_000;
const TESTS_MAX = 100;
const DEPTH_MAX = 30;
const FIELD = /^[A-Za-z_@][A-Za-z0-9_@.:/-]{0,199}$/;
const NUMBER = /^[+-]?\d{1,40}(?:\.\d{1,40})?$/;
const WORDS = ["contains", "startswith", "endswith", "cidr", "re", "in", "exists"] as const;
const SIGNS: Readonly<Record<string, string>> = { "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" };

interface Token {
  readonly kind: "word" | "quoted" | "sign";
  readonly text: string;
  readonly at: number;
}

class Misread extends Error {
  readonly fix: string;
  readonly at: number;
  constructor(message: string, fix: string, at: number) {
    super(message);
    this.fix = fix;
    this.at = at;
  }
}

// A quoted text may hold \" and \\; a star behind it is not part of it.
const TOKEN = /\s*(?:(?<quoted>"(?:[^"\\]|\\.)*"|'[^']*')|(?<sign>!=|<=|>=|==|[=<>(),*])|(?<word>[^\s"'=<>!(),]+))/uy;

const readTokens = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  const expression = new RegExp(TOKEN);
  while (expression.lastIndex < text.trimEnd().length) {
    const start = expression.lastIndex;
    const { quoted, sign, word } = expression.exec(text)?.groups ?? {};
    const at = start + (text.slice(start).length - text.slice(start).trimStart().length);
    if (quoted !== undefined) {
      const inner = quoted.slice(1, -1);
      tokens.push({ kind: "quoted", text: quoted.startsWith('"') ? inner.replaceAll(/\\(["\\])/g, "$1") : inner, at });
    } else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, at });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at });
    else
      throw new Misread(
        `"${text.slice(at, at + 20)}" cannot be read`,
        "Close the quote, or put the value in quotes",
        at,
      );
  }
  return tokens;
};

const literal = (text: string): string => text.replaceAll(/[\\*?]/g, String.raw`\$&`);

class WhereReader {
  readonly selections: Record<string, Selection> = Object.create(null);
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;

  constructor(text: string) {
    this.#tokens = readTokens(text);
    this.#end = text.length;
  }

  read(): Condition {
    const condition = this.#or(0);
    const rest = this.#tokens[this.#next];
    if (rest !== undefined)
      throw new Misread(
        `"${rest.text}" stands where and, or, or the end was expected`,
        "Put and or or before it",
        rest.at,
      );
    return condition;
  }

  #isWord(text: string): boolean {
    const token = this.#tokens[this.#next];
    return token?.kind === "word" && token.text.toLowerCase() === text;
  }

  #take(expected: string): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined)
      throw new Misread(`The expression ends where ${expected} was expected`, `Add ${expected}`, this.#end);
    this.#next += 1;
    return token;
  }

  #or(depth: number): Condition {
    let left = this.#and(depth);
    while (this.#isWord("or")) {
      this.#next += 1;
      left = { kind: "or", left, right: this.#and(depth) };
    }
    return left;
  }

  #and(depth: number): Condition {
    let left = this.#not(depth);
    while (this.#isWord("and")) {
      this.#next += 1;
      left = { kind: "and", left, right: this.#not(depth) };
    }
    return left;
  }

  #not(depth: number): Condition {
    const token = this.#take("a test");
    if (depth > DEPTH_MAX) throw new Misread("The expression is nested too deeply", "Simplify it", token.at);
    if (token.kind === "word" && token.text.toLowerCase() === "not") return { kind: "not", of: this.#not(depth + 1) };
    if (token.kind === "sign" && token.text === "(") {
      const inner = this.#or(depth + 1);
      const close = this.#take(")");
      if (close.text !== ")")
        throw new Misread(`")" was expected at "${close.text}"`, "Close the parenthesis", close.at);
      return inner;
    }
    if (token.kind === "quoted") {
      // Words are found by the index; a star asks for a piece of a text.
      const isPiece = token.text.includes("*") || wordsOf(token.text).length === 0;
      return this.#test("", [isPiece ? "contains" : "words"], [token.text], token);
    }
    return this.#fieldTest(token);
  }

  #fieldTest(token: Token): Condition {
    if (token.kind !== "word" || !FIELD.test(token.text))
      throw new Misread(
        `"${token.text}" is not the name of a field`,
        'Write field = value, or a text in quotes, as in "shell"',
        token.at,
      );
    const field = token.text;
    const operator = this.#take("=, a sign or a word such as contains");
    const name = operator.text.toLowerCase();
    if (operator.kind === "sign" && (name === "=" || name === "=="))
      return this.#test(field, [], [this.#value(true)], operator);
    if (operator.kind === "sign" && name === "!=") {
      // "Is not" also holds where there is nothing, as not (field = value) does.
      return { kind: "not", of: this.#test(field, [], [this.#value(true)], operator) };
    }
    const order = operator.kind === "sign" ? SIGNS[name] : undefined;
    if (order !== undefined) return this.#test(field, [order], [this.#value(false)], operator);
    const word = operator.kind === "word" ? WORDS.find((each) => each === name) : undefined;
    if (word === undefined)
      throw new Misread(
        `"${operator.text}" is no comparison`,
        `Use =, !=, <, <=, >, >=, ${WORDS.join(", ")}`,
        operator.at,
      );
    if (word === "exists") return this.#test(field, ["exists"], [true], operator);
    if (word !== "in") return this.#test(field, [word], [this.#text(word)], operator);
    const open = this.#take("(");
    if (open.text !== "(") throw new Misread(`"(" was expected at "${open.text}"`, "Write in (a, b)", open.at);
    const values: RuleValue[] = [this.#value(true)];
    for (;;) {
      const between = this.#take(")");
      if (between.text === ")") return this.#test(field, [], values, operator);
      if (between.text !== ",")
        throw new Misread(`"," or ")" was expected at "${between.text}"`, "Write in (a, b)", between.at);
      values.push(this.#value(true));
    }
  }

  /** A word may hold stars; in quotes nothing has a meaning, but a star may follow them. */
  #value(withStars: boolean): RuleValue {
    const token = this.#take("a value");
    const star = withStars && this.#isStar();
    if (star) this.#next += 1;
    if (token.kind === "sign" && token.text === "*" && withStars) return "*";
    if (token.kind === "sign")
      throw new Misread(`A value was expected at "${token.text}"`, "Put it in quotes", token.at);
    if (token.kind === "quoted") return `${literal(token.text)}${star ? "*" : ""}`;
    if (!star && NUMBER.test(token.text)) return Number(token.text);
    return `${token.text}${star ? "*" : ""}`;
  }

  #isStar(): boolean {
    const [before, token] = [this.#tokens[this.#next - 1], this.#tokens[this.#next]];
    return before?.kind !== "sign" && token?.kind === "sign" && token.text === "*";
  }

  #text(word: string): string {
    const token = this.#take("a value");
    if (token.kind === "sign")
      throw new Misread(`A value was expected at "${token.text}"`, "Put it in quotes", token.at);
    return word === "re" || word === "cidr" || token.kind === "word" ? token.text : literal(token.text);
  }

  #test(field: string, modifiers: readonly string[], values: readonly RuleValue[], { at }: Token): Condition {
    const test: FieldTest = { field, modifiers, values };
    const planned = planFieldTest(test);
    if (!planned.ok) throw new Misread(planned.message, planned.fix, at);
    const name = `t${String(Object.keys(this.selections).length)}`;
    if (Object.keys(this.selections).length >= TESTS_MAX)
      throw new Misread(`The expression has more than ${TESTS_MAX} tests`, "Use in (a, b)", at);
    this.selections[name] = { kind: "all", tests: [test] };
    return { kind: "selection", name };
  }
}

/**
 * Reads an expression over events: tests of fields joined by `and`, `or`, `not` and parentheses, or a text in quotes
 * that is looked for everywhere. It means what the same tests mean in a rule.
 */
export const parseWhere = (text: string): ParsedWhere => {
  try {
    if (text.length > UNITS_MAX)
      throw new Misread(`The expression is longer than ${UNITS_MAX} characters`, "Shorten it", 0);
    if (text.trim() === "") throw new Misread("The expression is empty", "Write field = value", 0);
    const reader = new WhereReader(text);
    const condition = reader.read();
    return { ok: true, detection: { selections: reader.selections, condition } };
  } catch (error) {
    if (error instanceof Misread) return { ok: false, message: error.message, fix: error.fix, column: error.at + 1 };
    throw error;
  }
};
