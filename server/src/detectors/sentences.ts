/** Ends of sentences in the scripts that the detectors know; a full stop counts only before white space. */
const isEnd = (text: string, at: number): boolean => {
  const unit = text.charAt(at);
  if (unit === "\n" || unit === "。" || unit === "！" || unit === "？") return true;
  if (unit !== "." && unit !== "!" && unit !== "?") return false;
  const next = text.charAt(at + 1);
  return next === "" || next === " " || next === "\n" || next === '"' || next === "”" || next === ")";
};

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The sentence around a place; looks at most `unitsMax` to either side. White space at the edges is left out. */
export const sentenceAround = (text: string, at: number, unitsMax: number): Span => {
  const first = Math.max(0, at - unitsMax);
  const last = Math.min(text.length, at + unitsMax);
  let start = at;
  while (start > first && !isEnd(text, start - 1)) start--;
  let end = at;
  while (end < last && !isEnd(text, end)) end++;
  if (end < last && text.charAt(end) !== "\n") end++;
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return { start, end };
};
