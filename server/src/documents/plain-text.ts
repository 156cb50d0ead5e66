import { textOfMarkup } from "./markup.ts";

const TAG = /<[a-z!/][^<>]{0,200}>/i;

/** Text in UTF-8 or UTF-16, by its mark. */
export const decodeText = (bytes: Buffer): string => {
  const start = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
  if (start === 0xfffe) return bytes.toString("utf16le", 2);
  if (start === 0xfeff) return Buffer.from(bytes.subarray(2)).swap16().toString("utf16le");
  return bytes.toString("utf8").replace(/^\ufeff/, "");
};

/** Plain text as it stands; with tags in it (HTML, Markdown with HTML) also without them, where words hang together. */
export const textOfPlain = (bytes: Buffer): string => {
  const text = decodeText(bytes);
  if (!TAG.test(text)) return text;
  const read = textOfMarkup(text, "html");
  return read.ok ? read.text : text;
};
