import type { TextForm } from "./detector.ts";

/**
 * Whether a span of a form stands in the original just so. A form may hold only a part of the text, without what
 * speaks against an attack elsewhere: such a passage was weighed in the original.
 *
 * @param text the original
 */
export const standsInOriginal = (form: TextForm, start: number, end: number, text: string): boolean => {
  if (form.view === "original") return false;
  const origin = form.origin(start, end);
  if (origin.end - origin.start !== end - start) return false;
  return text.slice(origin.start, origin.end).toLowerCase() === form.text.slice(start, end).toLowerCase();
};
