/**
 * Whether bytes that came out of a decoding are words rather than chance.
 *
 * Chance alone gives a printable stretch of 12 bytes about once in 100,000 candidates.
 */

/** `[start, end)` of the longest printable UTF-8 stretch. */
const longestPrintable = (bytes: Uint8Array): { readonly start: number; readonly end: number } => {
  let best = 0;
  let bestEnd = 0;
  let start = 0;
  let i = 0;
  while (i < bytes.length) {
    const width = printableWidth(bytes, i);
    if (width === 0) {
      start = i + 1;
      i++;
      continue;
    }
    i += width;
    if (i - start > bestEnd - best) {
      best = start;
      bestEnd = i;
    }
  }
  return { start: best, end: bestEnd };
};

// Bytes of the printable character at `at`: 1 to 4, 0 when there is none.
const printableWidth = (bytes: Uint8Array, at: number): number => {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return (lead >= 0x20 && lead !== 0x7f) || lead === 9 || lead === 10 || lead === 13 ? 1 : 0;
  const width =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (width === 0) return 0;
  for (let i = 1; i < width; i++) {
    const next = bytes[at + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return width;
};

const SHORT_BYTES = 8;
const STRETCH_BYTES = 20;

/** The text in these bytes, or undefined when they are not text. UTF-8, or UTF-16 in either order. */
export const textOf = (bytes: Buffer): string | undefined => {
  if (bytes.length < SHORT_BYTES) return undefined;
  if (isUtf16(bytes, 1)) return bytes.toString("utf16le");
  if (isUtf16(bytes, 0))
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString("utf16le");
  const { start, end } = longestPrintable(bytes);
  const whole = end - start === bytes.length;
  // A cut multi-byte character at the end is no sign of binary data.
  const nearlyWhole = end - start >= STRETCH_BYTES || (bytes.length >= 12 && end - start >= bytes.length - 2);
  return whole || nearlyWhole ? bytes.toString("utf8", start, end) : undefined;
};

/** `high`: which of each two bytes is the high one, zero for Latin letters. */
const isUtf16 = (bytes: Buffer, high: 0 | 1): boolean => {
  const until = Math.min(bytes.length & ~1, 64);
  let zeros = 0;
  for (let i = 0; i < until; i += 2) {
    const low = bytes[i + 1 - high] ?? 0;
    if (bytes[i + high] === 0 && low >= 9 && low < 0x7f) zeros++;
  }
  return until >= 16 && zeros * 2 >= until * 0.8;
};
