const SCRATCH_BYTES = 256;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * The same text as one block of characters. V8 keeps slices and sums of strings as references to their parts: these keep
 * a whole body alive, and `JSON.stringify` takes three times as long over an object with a single one.
 */
export const flatText = (text: string): string => Buffer.from(text).toString();

/** As {@link flatText}, for text that is ASCII by construction: ids and digests. */
export const flatAscii = (text: string): string => {
  if (text.length > SCRATCH_BYTES) return flatText(text);
  return scratch.toString("latin1", 0, scratch.write(text, "latin1"));
};
