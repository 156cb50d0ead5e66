import { ATTRIBUTES, type Attribute, type Facts } from "./facts.ts";
import { attributePath, isNode } from "./expression.ts";

const collectPaths = (value: unknown, into: Set<string>): void => {
  if (Array.isArray(value)) {
    for (const each of value) collectPaths(each, into);
    return;
  }
  if (!isNode(value)) return;
  const path = attributePath(value);
  if (path !== undefined) {
    into.add(path);
    return;
  }
  for (const each of Object.values(value)) collectPaths(each, into);
};

/**
 * The attributes that these policies can read. Cedar has no computed attribute names, so what no
 * policy spells out is never read; converting it would be most of a decision's cost.
 * A record used as a whole (`context == …`, `context has x`) brings everything inside it.
 */
export const attributesRead = (policies: readonly unknown[]): readonly Attribute[] => {
  const paths = new Set<string>();
  for (const policy of policies) collectPaths(policy, paths);
  // `principal == User::"x"` names the entity and reads none of its attributes.
  paths.delete("principal");
  paths.delete("resource");
  return ATTRIBUTES.filter(({ path }) => [...paths].some((read) => path === read || path.startsWith(`${read}.`)));
};

type CedarValue = number | string | boolean | string[] | { [name: string]: CedarValue };
export type CedarRecord = { [name: string]: CedarValue };

/** The values of those attributes below one variable, nested as Cedar expects. */
export const projectValues = (attributes: readonly Attribute[], root: string, facts: Facts): CedarRecord => {
  const record: CedarRecord = {};
  for (const { path, read } of attributes) {
    const names = path.split(".");
    if (names[0] !== root) continue;
    let place = record;
    for (const name of names.slice(1, -1)) {
      const inner = place[name];
      if (typeof inner === "object" && !Array.isArray(inner)) {
        place = inner;
      } else {
        const made: CedarRecord = {};
        place[name] = made;
        place = made;
      }
    }
    const value = read(facts);
    place[names.at(-1) ?? ""] = typeof value === "object" ? [...value] : value;
  }
  return record;
};
