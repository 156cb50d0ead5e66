import { inflateSync } from "node:zlib";
import { getDocumentProxy, getResolvedPDFJS } from "unpdf";
import type { Extraction } from "./extractor.ts";

const PAGES_MAX = 500;
const EXPANDED_BYTES_MAX = 64 * 1024 * 1024;
const STREAMS_MAX = 20_000;
const ZLIB = 0x78;

/** Whether the compressed streams of a file expand to more than may be read, also when they are compressed twice. */
const expandsTooFar = (bytes: Buffer): boolean => {
  let left = EXPANDED_BYTES_MAX;
  const inflates = (stream: Buffer, depth: number): boolean => {
    if (stream[0] !== ZLIB || depth === 0) return false;
    try {
      // A stream that is cut off gives what it has.
      const expanded = inflateSync(stream, { maxOutputLength: left + 1, finishFlush: 2 });
      left -= expanded.length;
      return left < 0 || inflates(expanded, depth - 1);
    } catch (error) {
      return error instanceof RangeError;
    }
  };
  let streams = 0;
  for (let at = bytes.indexOf("stream"); at !== -1; at = bytes.indexOf("stream", at)) {
    let start = at + "stream".length;
    if (bytes[start] === 0x0d) start += 1;
    if (bytes[start] === 0x0a) start += 1;
    const end = bytes.indexOf("endstream", start);
    if (end === -1) return inflates(bytes.subarray(start), 3);
    streams += 1;
    if (streams > STREAMS_MAX || inflates(bytes.subarray(start, end), 3)) return true;
    at = end + "endstream".length;
  }
  return false;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const stringsOf = (value: unknown, names: readonly string[]): string[] =>
  isRecord(value)
    ? names.flatMap((name) => {
        const one = value[name];
        if (typeof one === "string") return [one];
        return isRecord(one) && typeof one["str"] === "string" ? [one["str"]] : [];
      })
    : [];

const OF_ANNOTATIONS = ["contentsObj", "titleObj", "fieldValue", "alternativeText", "url", "unsafeUrl", "overlaidText"];
const OF_INFO = ["Title", "Author", "Subject", "Keywords"];
const OPTIONS = { isEvalSupported: false, disableFontFace: true, useSystemFonts: false, verbosity: 0 };

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** A gap as wide as a word's end, in thousandths of the font's size. */
const SPACE = -200;

/** What one operator paints, wherever on the page: the letters, and spaces where it leaves some. */
const glyphsOf = (operands: unknown): string => {
  const [glyphs]: readonly unknown[] = Array.isArray(operands) ? operands : [];
  if (!Array.isArray(glyphs)) return "";
  return glyphs
    .map((glyph: unknown) => {
      if (typeof glyph === "number") return glyph < SPACE ? " " : "";
      return isRecord(glyph) && typeof glyph["unicode"] === "string" ? glyph["unicode"] : "";
    })
    .join("");
};

const lettersOf = (text: string): number => text.replaceAll(/\s/g, "").length;

/** The library leaves out what stands beside the page, which other readers find. */
const isMore = (painted: string, shown: string): boolean => lettersOf(painted) > lettersOf(shown);

/** Text of pages, notes, fields and properties of a PDF. What else there is to see is named. */
export const textOfPdf = async (bytes: Buffer, textUnitsMax: number): Promise<Extraction> => {
  if (expandsTooFar(bytes)) return { ok: false, reason: "a PDF that expands too far" };
  try {
    // It takes the bytes for its own.
    const pdf = await getDocumentProxy(Uint8Array.from(bytes), OPTIONS);
    const { OPS } = await getResolvedPDFJS();
    const pictures = new Set([OPS.paintImageXObject, OPS.paintInlineImageXObject, OPS.paintImageXObjectRepeat]);
    const gaps = new Set<string>();
    if (pdf.numPages > PAGES_MAX) gaps.add("a document with more pages than are read");
    const { info } = await pdf.getMetadata();
    if (isRecord(info) && info["IsXFAPresent"] === true) gaps.add("a form in a PDF that only some programs show");
    if (isRecord(await pdf.getAttachments())) gaps.add("files in a document");
    const texts = stringsOf(info, OF_INFO);
    let units = texts.join("").length;
    for (let number = 1; number <= Math.min(PAGES_MAX, pdf.numPages) && units <= textUnitsMax; number += 1) {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      const shown = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
      const { fnArray, argsArray } = await page.getOperatorList();
      if (fnArray.some((operator) => pictures.has(operator))) gaps.add("pictures in a document");
      const painted = fnArray.map((operator, at) => (operator === OPS.showText ? glyphsOf(argsArray[at]).trim() : ""));
      const words = isMore(painted.join(""), shown)
        ? `${shown}\n${painted.filter((piece) => piece !== "").join(" ")}`.trim()
        : shown;
      if (words.trim() === "") gaps.add("a page without text");
      const notes = (await page.getAnnotations()).flatMap((note: unknown) => stringsOf(note, OF_ANNOTATIONS));
      texts.push(words, ...notes);
      units += words.length + notes.join("").length;
      page.cleanup();
    }
    if (units > textUnitsMax) gaps.add("a document with more text than is read");
    return {
      ok: true,
      text: texts
        .filter((text) => text !== "")
        .join("\n")
        .slice(0, textUnitsMax),
      gaps: [...gaps],
    };
  } catch (error) {
    const isLocked = nameOf(error) === "PasswordException";
    return { ok: false, reason: isLocked ? "an encrypted PDF" : "a PDF that cannot be read" };
  }
};
