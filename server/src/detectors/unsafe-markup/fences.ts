/**
 * Whether a place of a text is shown as code (fenced or in back-ticks) rather than live.
 * Fences are found once; a text without back-ticks costs one search.
 */
export const codeRanges = (text: string): ((at: number) => boolean) => {
  if (!text.includes("`")) return () => false;
  const starts: number[] = [];
  const ends: number[] = [];
  for (let open = text.indexOf("`"); open >= 0;) {
    let width = 1;
    while (text.charAt(open + width) === "`") width++;
    const mark = "`".repeat(Math.min(width, 8));
    const close = text.indexOf(mark, open + width);
    // An opened fence runs to the end, a lone back-tick is a character.
    const end = close >= 0 ? close + mark.length : width >= 3 ? text.length : open + width;
    if (close >= 0 || width >= 3) {
      starts.push(open);
      ends.push(end);
    }
    open = end >= text.length || (close < 0 && width < 3) ? -1 : text.indexOf("`", end);
  }
  return (at) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return at >= (starts[low] ?? Infinity) && at < (ends[low] ?? 0);
  };
};
