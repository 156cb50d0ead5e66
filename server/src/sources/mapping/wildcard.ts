/** Whether text is `pattern`, in which each `*` stands for anything. Takes pattern times text at worst. */
export const isLike = (text: string, pattern: string): boolean => {
  const parts = pattern.split("*");
  const [head = ""] = parts;
  if (parts.length === 1) return text === pattern;
  const tail = parts.at(-1) ?? "";
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - tail.length;
};
