/** What a mark means to a person who is asked about a call; undefined for those that say nothing by themselves. */
export const sayMark = (name: string, value: number): string | undefined => {
  const [first = "", second = "", third = ""] = name.split(" ");
  if (name === "wish") return "the user's words hardly ask for such a tool";
  if (name === "tool only in text" || name === "tool in text")
    return value > 0 ? "the text that its values come from speaks of the tool" : undefined;
  if (name.startsWith("text leads"))
    return value > 0 ? "the text that its values come from asks for such an act" : undefined;
  if (name === "words said" || name === "none said") return "few of its words are the user's";
  if (name === "words outside" || name.startsWith("text has"))
    return value > 0 ? "most of its words come from what was read" : undefined;
  if (name === "words unseen") return value > 0 ? "it says things that stand nowhere in the session" : undefined;
  if (name === "again tool" || name === "again effects") return value > 0 ? "such a call was made before" : undefined;
  if (first === "asked" || first === "own") return value === 0 ? "the user's words do not ask for it" : undefined;
  if (first === "value" && value > 0 && third === "untrusted") return `only outsiders name the ${second}`;
  if (first === "value" && value > 0 && third === "model") return `nobody named the ${second}`;
  if (second === "strayed" && value > 0) return `the ${first} comes from what only content led to`;
  return undefined;
};
