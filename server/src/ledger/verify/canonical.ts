/** RFC 8785 §3.2: sorted names, ECMAScript numbers, shortest escapes, no white space. */
const serialise = (value: unknown): string => {
  if (typeof value === "string" && !value.isWellFormed()) throw new Error("lone surrogate");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(serialise).join(",")}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${serialise(name)}:${serialise(member)}`).join(",")}}`;
};

/** What is wrong with an entry's form; undefined when it is one RFC 8785 object and nothing else. */
export const faultOfForm = (entry: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry);
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "is not a JSON object";
    // Catches double names too: the parser keeps one of them, so the text comes out shorter.
    return serialise(value) === text ? undefined : "is not in canonical form (RFC 8785)";
  } catch {
    return "is not canonical JSON (RFC 8785)";
  }
};
