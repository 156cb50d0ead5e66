import type { TextForm } from "../detector.ts";
import { COMPOSING, INVISIBLE, isInvisibleAstral, PLAIN, SPACE, UNIT_CLASSES } from "./characters.ts";
import { FormBuilder } from "./form-builder.ts";

const SPACE_UNIT = 0x20;

// A base never carries more marks than this in honest text; more are dropped so that a chunk stays small.
const MARKS_MAX = 8;

/**
 * NFKC, without invisible characters and with every white space as a space.
 *
 * NFKC runs over small chunks (a base and what joins with it), so that offsets hold. Undefined when
 * nothing would change.
 */
export const normalisedForm = (source: TextForm, path: string): TextForm | undefined => {
  const text = source.text;
  const first = firstChange(text);
  if (first === text.length) return undefined;
  const builder = new FormBuilder(text);
  let copied = 0;
  let i = first;
  while (i < text.length) {
    const unit = text.charCodeAt(i);
    const kind = unit < 0x80 ? PLAIN : (UNIT_CLASSES[unit] ?? PLAIN);
    if (kind === PLAIN) {
      i++;
    } else if (kind === INVISIBLE) {
      builder.copy(copied, i);
      copied = ++i;
    } else if (kind === SPACE) {
      builder.copy(copied, i);
      builder.putUnit(SPACE_UNIT, i, i + 1);
      copied = ++i;
    } else if (kind === COMPOSING) {
      const start = chunkStart(text, i, copied);
      const end = chunkEnd(text, i + 1);
      const chunk = text.slice(start, Math.min(end, start + 2 + MARKS_MAX));
      const normal = chunk.normalize("NFKC");
      builder.copy(copied, start);
      builder.put(normal, start, end);
      copied = i = end;
    } else {
      const code = text.codePointAt(i) ?? 0;
      const width = code > 0xffff ? 2 : 1;
      if (code > 0xffff && isInvisibleAstral(code)) {
        builder.copy(copied, i);
        copied = i + width;
      } else if (code > 0xffff) {
        const character = text.slice(i, i + 2);
        const normal = character.normalize("NFKC");
        if (normal !== character) {
          builder.copy(copied, i);
          builder.put(normal, i, i + width);
          copied = i + width;
        }
      }
      i += width;
    }
  }
  builder.copy(copied, text.length);
  const form = builder.build("normalised", path, source);
  return form.text === text ? undefined : form;
};

const firstChange = (text: string): number => {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80 && (UNIT_CLASSES[unit] ?? PLAIN) !== PLAIN) return i;
  }
  return text.length;
};

// A joining mark belongs to the base before it; a changed character stands alone.
const chunkStart = (text: string, at: number, floor: number): number => {
  if (!joins(text.charCodeAt(at)) || at === floor) return at;
  const before = text.charCodeAt(at - 1);
  return before >= 0xdc00 && before <= 0xdfff && at - 2 >= floor ? at - 2 : at - 1;
};

const chunkEnd = (text: string, from: number): number => {
  let end = from;
  while (end < text.length && joins(text.charCodeAt(end))) end++;
  return end;
};

const joins = (unit: number): boolean =>
  (unit >= 0x0300 && unit <= 0x036f) ||
  (unit >= 0x0653 && unit <= 0x0655) ||
  (unit >= 0x1161 && unit <= 0x11c2) ||
  unit === 0x3099 ||
  unit === 0x309a ||
  unit === 0xff9e ||
  unit === 0xff9f ||
  (unit >= 0x0900 && unit <= 0x1b35 && (UNIT_CLASSES[unit] ?? PLAIN) === COMPOSING);
