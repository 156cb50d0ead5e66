import { hash } from "node:crypto";

/** Hexadecimal digits that keep two clipped texts apart. */
const DIGEST_DIGITS = 16;

/**
 * `text`, well-formed, whose JSON string takes at most `bytesMax` bytes without its quotes.
 * What is cut ends in `…` and a digest of the whole, so that clipped texts stay distinct.
 */
export const clip = (text: string, bytesMax: number): string => {
  // Every UTF-16 unit is at least one byte in JSON and at most six (`\u0000`).
  const wellFormed = text.toWellFormed();
  if (wellFormed.length * 6 <= bytesMax) return wellFormed;
  if (wellFormed.length <= bytesMax && jsonBytes(wellFormed) <= bytesMax) return wellFormed;
  const tail = `…${hash("sha256", wellFormed, "hex").slice(0, DIGEST_DIGITS)}`;
  let left = bytesMax - jsonBytes(tail);
  let kept = "";
  for (const character of wellFormed) {
    left -= jsonBytes(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + tail;
};

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;
