import { ATTRIBUTES } from "./facts.ts";

export const PRINCIPAL_KINDS = ["User", "Agent", "Service", "Key", "Anonymous"] as const;
export const POLICY_ACTIONS = ["request", "response", "tool_call"] as const;

interface Tree {
  readonly [name: string]: Tree | string;
}

const grow = (root: string): Tree => {
  const tree: Record<string, Record<string, Record<string, string> | string> | string> = {};
  for (const { path, type } of ATTRIBUTES) {
    const [head, first, second, third] = path.split(".");
    if (head !== root || first === undefined) continue;
    if (second === undefined) {
      tree[first] = type;
      continue;
    }
    const branch = tree[first];
    const inner = typeof branch === "object" ? branch : {};
    tree[first] = inner;
    if (third === undefined) {
      inner[second] = type;
      continue;
    }
    const leaf = inner[second];
    const record = typeof leaf === "object" ? leaf : {};
    inner[second] = record;
    record[third] = type;
  }
  return tree;
};

const render = (tree: Tree, indent: string): string => {
  const lines = Object.entries(tree).map(
    ([name, branch]) => `${indent}  ${name}: ${typeof branch === "string" ? branch : render(branch, `${indent}  `)},`,
  );
  return `{\n${lines.join("\n")}\n${indent}}`;
};

const schemaText = (): string => {
  const principals = PRINCIPAL_KINDS.join(", ");
  return [
    "// What a Parapet policy may speak of. Generated; `policies/parapet.cedarschema` is a copy for editors.",
    `entity ${principals} = ${render(grow("principal"), "")};`,
    `entity Route = ${render(grow("resource"), "")};`,
    `action ${POLICY_ACTIONS.join(", ")} appliesTo {`,
    `  principal: [${principals}],`,
    "  resource: [Route],",
    `  context: ${render(grow("context"), "  ")}`,
    "};",
    "",
  ].join("\n");
};

/** The Cedar schema, in Cedar's own notation. Every attribute is always present. */
export const POLICY_SCHEMA: string = schemaText();
