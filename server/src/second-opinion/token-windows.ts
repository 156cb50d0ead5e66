/** Special tokens around a text. */
export interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** What a tokenizer puts around a text, by comparing it with and without. */
export const frameOf = (whole: readonly number[], bare: readonly number[]): Frame => {
  const extra = whole.length - bare.length;
  for (let at = 0; at <= extra; at += 1)
    if (bare.every((id, index) => whole[at + index] === id))
      return { before: whole.slice(0, at), after: whole.slice(at + bare.length) };
  return { before: [], after: [] };
};

/**
 * Windows of at most `tokensMax` with their frame, half overlapping. Where more than `windowsMax` would be needed, they
 * are the ones around the middle: the doubtful passage stands there.
 */
export const tokenWindows = (
  bare: readonly number[],
  frame: Frame,
  { tokensMax, windowsMax }: { readonly tokensMax: number; readonly windowsMax: number },
): readonly (readonly number[])[] => {
  const room = Math.max(1, tokensMax - frame.before.length - frame.after.length);
  const stride = Math.max(1, Math.floor(room / 2));
  const count = bare.length <= room ? 1 : Math.ceil((bare.length - room) / stride) + 1;
  const taken = Math.min(count, windowsMax);
  const first = Math.floor((count - taken) / 2);
  return Array.from({ length: taken }, (_, index) => {
    const from = (first + index) * stride;
    return [...frame.before, ...bare.slice(from, from + room), ...frame.after];
  });
};
