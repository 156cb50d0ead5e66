import type { PreparedText, TextForm } from "./detector.ts";
import { identityOrigin } from "./views/form-builder.ts";
import { deriveForms } from "./views/derive.ts";
import { textSigns } from "./views/text-signs.ts";

/**
 * Makes the forms of a text that detectors read: the original first, then what could be hidden in it.
 *
 * Plain text shows no signs and costs one pass. Time is linear in the text; decoded forms together are
 * bounded (see `DECODE_LIMITS`), and what went over the bound is named in `unscannable`.
 */
export const prepareText = (text: string): PreparedText => {
  const original: TextForm = { view: "original", text, path: "", origin: identityOrigin };
  const signs = textSigns(text);
  if (signs === 0) return { text, forms: [original] };
  try {
    return deriveForms(original, signs);
  } catch (error) {
    // A text that breaks a decoder must not pass as read, nor stop the exchange.
    const kind = error instanceof Error ? error.name : "an error";
    return { text, forms: [original], unscannable: `decoding stopped with ${kind}` };
  }
};
