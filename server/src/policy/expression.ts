/** Cedar's JSON form of an expression, read without believing its shape. */
export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const child = (node: Node, name: string): Node | undefined => {
  const value = node[name];
  return isNode(value) ? value : undefined;
};

/** Name and operands of an expression; each node has exactly one name. */
export const operation = (node: Node): { readonly name: string; readonly operand: unknown } | undefined => {
  const entries = Object.entries(node);
  const [entry] = entries;
  return entry === undefined || entries.length !== 1 ? undefined : { name: entry[0], operand: entry[1] };
};

/** `context.from.user.secret` for a chain of attribute accesses on a variable, else undefined. */
export const attributePath = (node: Node): string | undefined => {
  const found = operation(node);
  if (found === undefined) return undefined;
  if (found.name === "Var") return typeof found.operand === "string" ? found.operand : undefined;
  if (found.name !== "." || !isNode(found.operand)) return undefined;
  const { left, attr } = found.operand;
  if (!isNode(left) || typeof attr !== "string") return undefined;
  const before = attributePath(left);
  return before === undefined ? undefined : `${before}.${attr}`;
};
