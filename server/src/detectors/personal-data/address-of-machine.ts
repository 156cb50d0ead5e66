import validator from "validator";

export const IP_V4 = /\d{1,3}(?:\.\d{1,3}){3}/g;
export const IP_V6 = /[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7}/g;

const PRIVATE_V4 =
  /^(?:0|10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|192\.0\.[02]|198\.1[89]|198\.51\.100|203\.0\.113|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|22[4-9]|2[3-5]\d)\./;
const VERSION_WORDS = /(?:version|versión|release|build|v|ver\.?|firmware|chapter|section|§)\s?$/i;
const WELL_KNOWN = new Set(["8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "1.2.3.4"]);

/** Whether the text is the address of one machine on the public network. */
export const isPublicAddress = (text: string, before: string): boolean => {
  if (VERSION_WORDS.test(before)) return false;
  if (text.includes(":"))
    return validator.isIP(text, 6) && /^[23][0-9a-f]{3}:/i.test(text) && !/^2001:0?db8:/i.test(text);
  return validator.isIP(text, 4) && !PRIVATE_V4.test(text) && !WELL_KNOWN.has(text) && !text.endsWith(".0");
};
