import { isUtf8 } from "node:buffer";

/** What can be read, by the bytes themselves: what a sender calls them proves nothing. */
export type DocumentKind = "pdf" | "office" | "text";

/** Readers look for the header of a PDF this far. */
const PDF_WITHIN = 1024;
const ZIP = Buffer.from("PK\u0003\u0004", "latin1");
/** Readers look for the end of an archive this far from the end of the file. */
const ZIP_END = Buffer.from("PK\u0005\u0006", "latin1");
const ZIP_END_WITHIN = 0x10016;

/** Undefined where nobody here can read them. */
export const kindOfBytes = (bytes: Buffer): DocumentKind | undefined => {
  const isArchive = bytes.subarray(0, ZIP.length).equals(ZIP);
  if (bytes.subarray(0, PDF_WITHIN).includes("%PDF-")) {
    // One reader would see the one, and another the other.
    const isBoth = isArchive || bytes.subarray(-ZIP_END_WITHIN).includes(ZIP_END);
    return isBoth ? undefined : "pdf";
  }
  if (isArchive) return "office";
  return isPlain(bytes) ? "text" : undefined;
};

/** Text in UTF-8, or in UTF-16 that says so. */
const isPlain = (bytes: Buffer): boolean => {
  if (bytes.length < 2) return false;
  const isWide = bytes.length % 2 === 0 && (bytes.readUInt16LE(0) === 0xfeff || bytes.readUInt16BE(0) === 0xfeff);
  return isWide || (isUtf8(bytes) && !bytes.includes(0));
};
