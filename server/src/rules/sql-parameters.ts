/** What users wrote, kept apart from the text of a query: `{name:Type}` stands in its place. */
export class SqlParameters {
  readonly values: Record<string, string | number | readonly string[]> = {};
  readonly #prefix: string;

  /** Names of parameters begin with `prefix`, so that the parts of one query do not meet. */
  constructor(prefix = "w") {
    this.#prefix = prefix;
  }

  text(value: string): string {
    return this.#add(value, "String");
  }

  texts(value: readonly string[]): string {
    return this.#add(value, "Array(String)");
  }

  number(value: number): string {
    return this.#add(value, "Float64");
  }

  #add(value: string | number | readonly string[], type: string): string {
    const name = `${this.#prefix}${String(Object.keys(this.values).length)}`;
    this.values[name] = value;
    return `{${name}:${type}}`;
  }
}
