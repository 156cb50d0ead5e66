import type { TextForm } from "../detector.ts";
import { COMMON_WORDS } from "./common-words.ts";
import type { DecodeBudget } from "./decode-budget.ts";
import { composed } from "./form-builder.ts";

// Words that must appear, and not have been there before, for a transformation to count as a decoding.
const WORDS_GAINED_MIN = 3;

const rotated = (text: string): string => {
  const units = Buffer.alloc(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const lower = unit | 32;
    const shifted = lower >= 97 && lower <= 122 && unit < 128 ? unit + (lower < 110 ? 13 : -13) : unit;
    units.writeUInt16LE(shifted, i * 2);
  }
  return units.toString("utf16le");
};

const backwards = (text: string): string => {
  const units = Buffer.alloc(text.length * 2);
  for (let i = 0; i < text.length; i++) units.writeUInt16LE(text.charCodeAt(i), (text.length - 1 - i) * 2);
  return units.toString("utf16le");
};

const isLetter = (unit: number): boolean => (unit | 32) >= 97 && (unit | 32) <= 122 && unit < 128;

// Each word backwards in its own place.
const wordsBackwards = (text: string): string => {
  const units = Buffer.alloc(text.length * 2);
  for (let i = 0; i < text.length;) {
    let end = i;
    while (end < text.length && isLetter(text.charCodeAt(end))) end++;
    for (let k = i; k < end; k++) units.writeUInt16LE(text.charCodeAt(k), (i + end - 1 - k) * 2);
    if (end < text.length) units.writeUInt16LE(text.charCodeAt(end), end * 2);
    i = end + 1;
  }
  return units.toString("utf16le");
};

/** Common words of three letters and more, each counted where `before` has none in the same place. */
const wordsGained = (text: string, before: (start: number, end: number) => string): number => {
  let gained = 0;
  for (let i = 0; i < text.length;) {
    let end = i;
    while (end < text.length && isLetter(text.charCodeAt(end))) end++;
    if (end - i >= 3 && end - i <= 15) {
      const word = text.slice(i, end).toLowerCase();
      if (COMMON_WORDS.has(word) && !COMMON_WORDS.has(before(i, end).toLowerCase())) gained++;
    }
    i = end + 1;
  }
  return gained;
};

/** Rotation by 13 and reversal, where they yield words that were not there. */
export const cipherForms = (source: TextForm, label: (step: string) => string, budget: DecodeBudget): TextForm[] => {
  const text = source.text.length > budget.unitsLeft ? source.text.slice(0, budget.unitsLeft) : source.text;
  const same = (start: number, end: number): string => text.slice(start, end);
  const length = text.length;
  const mirror: TextForm["origin"] = (start, end) => ({ start: length - end, end: length - start });
  const candidates = [
    { step: "rot13", text: rotated(text), before: same, origin: source.origin },
    {
      step: "reversed",
      text: backwards(text),
      before: (start: number, end: number) => text.slice(length - end, length - start),
      origin: composed(mirror, source.origin),
    },
    { step: "words reversed", text: wordsBackwards(text), before: same, origin: source.origin },
  ];
  const forms: TextForm[] = [];
  for (const candidate of candidates) {
    if (wordsGained(candidate.text, candidate.before) < WORDS_GAINED_MIN) continue;
    const taken = budget.take(candidate.text);
    if (taken !== "")
      forms.push({ view: "decoded", text: taken, path: label(candidate.step), origin: candidate.origin });
  }
  return forms;
};
