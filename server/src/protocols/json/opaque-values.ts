import { isUtf8 } from "node:buffer";

const BASE64 = /^(?:data:[\w.+/-]{0,100}(?:;[\w.+=-]{1,100}){0,4},)?[A-Za-z0-9+/_-]*={0,2}$/;
/** Shorter ones are inspected as text: keys and tokens look like this, too. */
const OPAQUE_UNITS_MIN = 100;
const LOOKED_AT_UNITS = 4096;

/** Whether a string is encoded bytes that are no text. Base64 of text is text: detectors decode it. */
export const isOpaque = (value: string): boolean => {
  if (value.length < OPAQUE_UNITS_MIN || !BASE64.test(value)) return false;
  const comma = value.indexOf(",");
  return !isText(value.slice(comma + 1, comma + 1 + LOOKED_AT_UNITS));
};

/** Readers look for the header of a PDF this far. */
const PDF_WITHIN = 1024;

/** A PDF and an archive may be all plain characters, and still say something else to those who open them. */
const isText = (base64: string): boolean => {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.subarray(0, PDF_WITHIN).includes("%PDF-") || bytes.subarray(0, 4).toString("latin1") === "PK\u0003\u0004")
    return false;
  // The cut may stand inside a character.
  return [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
};
