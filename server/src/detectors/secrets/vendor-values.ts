import type { Assignment } from "./assignment.ts";
import { entropy, isPlaceholder } from "./placeholder.ts";
import type { VendorContext, VendorShape } from "./vendor-contexts.ts";

const SECRET_CONTEXT = /key|token|secret|auth|passw|pwd|credential|client.?id|access|session|signing/i;

const isLower = (character: string | undefined): boolean => character !== undefined && /[a-z]/.test(character);
const isUpper = (character: string | undefined): boolean => character !== undefined && /[A-Z]/.test(character);

/** Whether the vendor's name stands as a word of its own, in whatever case an identifier has. */
const standsAlone = (text: string, start: number, end: number): boolean => {
  const [before, first, last, after] = [text[start - 1], text[start], text[end - 1], text[end]];
  if (isLower(before) && isLower(first)) return false;
  if (isUpper(before) && isUpper(first)) return false;
  if (isLower(after) && isLower(last)) return false;
  if (isUpper(after) && isUpper(last)) return false;
  return !(isLower(first) && isUpper(last) && isLower(after));
};

/** Case that changes as chance would have it, unlike `CamelCase` or `snake_case`. */
const looksRandom = (text: string): boolean => {
  if (/\d/.test(text)) return true;
  const changes = text.match(/[a-z][A-Z]|[A-Z][a-z]/g)?.length ?? 0;
  return changes * 4 >= text.length;
};

export const judgeVendorValue = (
  vendor: VendorContext,
  text: string,
  start: number,
  end: number,
  { name, value }: Assignment,
): VendorShape | undefined => {
  if (!standsAlone(text, start, end)) return undefined;
  const found = vendor.shapes.find(({ shape }) => shape.test(value));
  if (found === undefined) return undefined;
  if (!SECRET_CONTEXT.test(name) && !SECRET_CONTEXT.test(text.slice(Math.max(0, start - 32), start))) return undefined;
  if (!looksRandom(value) || isPlaceholder(value) || entropy(value) < 2.3) return undefined;
  return found;
};
