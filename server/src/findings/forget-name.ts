import type { Finding } from "@parapet/model";

const ERASED = "erased";

/** The finding without a person's name in title, group or entities; undefined when the name is not in it. */
export const forgetName = (finding: Finding, name: string): Finding | undefined => {
  const { title, groupKey, entities } = finding;
  const quoted = JSON.stringify(name);
  if (!title.includes(name) && !groupKey.includes(quoted) && !Object.values(entities).includes(name)) return undefined;
  return {
    ...finding,
    title: title.replaceAll(name, ERASED),
    groupKey: groupKey.replaceAll(quoted, JSON.stringify(ERASED)),
    entities: Object.fromEntries(
      Object.entries(entities).map(([field, value]) => [field, value === name ? ERASED : value]),
    ),
  };
};
