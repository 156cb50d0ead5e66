import { nearest } from "#platform";
import type { Condition } from "./rule.ts";

export type ParsedCondition =
  | { readonly ok: true; readonly condition: Condition; readonly used: ReadonlySet<string> }
  | { readonly ok: false; readonly message: string; readonly fix: string };

const TOKENS_MAX = 1_000;
const DEPTH_MAX = 50;

class Misread extends Error {
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** Precedence: `not`, then `and`, then `or` (Sigma specification 2.1, condition). */
class ConditionReader {
  readonly used = new Set<string>();
  readonly #tokens: readonly string[];
  readonly #names: readonly string[];
  #next = 0;

  constructor(text: string, names: readonly string[]) {
    this.#tokens = text.match(/[()|]|[^\s()|]+/g) ?? [];
    this.#names = names;
    if (this.#tokens.length === 0) throw new Misread("The condition is empty", "Name a selection");
    if (this.#tokens.length > TOKENS_MAX)
      throw new Misread(`The condition has more than ${TOKENS_MAX} words`, "Use `1 of name*`");
    if (this.#tokens.includes("|")) {
      throw new Misread(
        "Counting in a condition is not part of Sigma any more",
        "Remove everything from the | on; use a correlation",
      );
    }
  }

  read(): Condition {
    const condition = this.#or(0);
    const rest = this.#tokens[this.#next];
    if (rest !== undefined)
      throw new Misread(`"${rest}" stands where and, or, or the end was expected`, "Put and or or before it");
    return condition;
  }

  #word(): string | undefined {
    return this.#tokens[this.#next]?.toLowerCase();
  }

  #or(depth: number): Condition {
    let left = this.#and(depth);
    while (this.#word() === "or") {
      this.#next += 1;
      left = { kind: "or", left, right: this.#and(depth) };
    }
    return left;
  }

  #and(depth: number): Condition {
    let left = this.#not(depth);
    while (this.#word() === "and") {
      this.#next += 1;
      left = { kind: "and", left, right: this.#not(depth) };
    }
    return left;
  }

  #not(depth: number): Condition {
    if (depth > DEPTH_MAX) throw new Misread("The condition is nested too deeply", "Simplify it");
    const token = this.#tokens[this.#next];
    this.#next += 1;
    if (token === undefined) throw new Misread("The condition ends too early", "Name a selection at its end");
    if (token.toLowerCase() === "not") return { kind: "not", of: this.#not(depth + 1) };
    if (token === "(") {
      const inner = this.#or(depth + 1);
      if (this.#tokens[this.#next] !== ")") throw new Misread("A parenthesis is not closed", "Add )");
      this.#next += 1;
      return inner;
    }
    if (this.#word() === "of" && /^(?:all|any|[1-9]\d{0,3})$/i.test(token))
      return this.#quantified(token.toLowerCase());
    return this.#selection(token);
  }

  #selection(token: string): Condition {
    if (this.#names.includes(token)) {
      this.used.add(token);
      return { kind: "selection", name: token };
    }
    const meant = nearest(token, this.#names);
    throw new Misread(
      `The condition names "${token}", which is not in detection`,
      meant === undefined ? "Name a selection" : `Did you mean ${meant}?`,
    );
  }

  #quantified(quantity: string): Condition {
    this.#next += 1;
    const pattern = this.#tokens[this.#next];
    this.#next += 1;
    if (pattern === undefined) throw new Misread(`"${quantity} of" is not finished`, "Write a name with *, or them");
    const runs = pattern.split("*");
    const fits = (name: string): boolean => {
      if (pattern.toLowerCase() === "them") return !name.startsWith("_");
      if (runs.length === 1) return name === pattern;
      return name.startsWith(runs[0] ?? "") && name.endsWith(runs.at(-1) ?? "") && inOrder(name, runs);
    };
    const names = this.#names.filter(fits);
    if (names.length === 0)
      throw new Misread(`"${quantity} of ${pattern}" names no selection`, `Use one of ${this.#names.join(", ")}`);
    for (const name of names) this.used.add(name);
    const count = quantity === "all" ? names.length : quantity === "any" ? 1 : Number(quantity);
    if (count > names.length)
      throw new Misread(
        `"${quantity} of ${pattern}" can never hold: there are ${names.length}`,
        `Write all of ${pattern}`,
      );
    return { kind: "at-least", count, names };
  }
}

const inOrder = (name: string, runs: readonly string[]): boolean => {
  let at = 0;
  for (const run of runs) {
    const found = name.indexOf(run, at);
    if (found === -1) return false;
    at = found + run.length;
  }
  return true;
};

/** Reads a condition over the names of the selections. */
export const parseCondition = (text: string, names: readonly string[]): ParsedCondition => {
  try {
    const reader = new ConditionReader(text, names);
    const condition = reader.read();
    return { ok: true, condition, used: reader.used };
  } catch (error) {
    if (error instanceof Misread) return { ok: false, message: error.message, fix: error.fix };
    throw error;
  }
};
