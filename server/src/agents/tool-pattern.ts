/** Whether a pattern names the tool: `name`, `server/name`, either with `*` at its end. Without a server: on any. */
export const namesTool = (pattern: string, server: string, name: string): boolean =>
  fits(pattern, name) || (server !== "" && fits(pattern, `${server}/${name}`));

/** A name, or a beginning of names that ends in `*`. */
export const fits = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
