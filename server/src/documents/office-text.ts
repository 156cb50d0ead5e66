import { Unzip, UnzipInflate, unzipSync } from "fflate";
import { textOfMarkup } from "./markup.ts";
import { decodeText } from "./plain-text.ts";
import type { Extraction } from "./extractor.ts";

const ENTRIES_MAX = 2_000;
const EXPANDED_BYTES_MAX = 64 * 1024 * 1024;
/** As much is expanded at a time, a thousandfold at most. */
const STEP_BYTES = 16 * 1024;
const MARKUP = /\.(?:xml|rels|xhtml|html?)$/i;
const PICTURE = /\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp|heic|wdp)$/i;
/** What holds nothing that a model is shown. */
const IGNORED = /^(?:mimetype|docProps\/thumbnail\.\w+|.*\/|.*printerSettings\d*\.bin|.*\.(?:odttf|ttf|otf|fntdata))$/i;

class Refused extends Error {}

/** Names and sizes as the directory at the end of the file says, which is what readers go by. */
const directoryOf = (bytes: Uint8Array): ReadonlyMap<string, number> => {
  const entries = new Map<string, number>();
  let expanded = 0;
  unzipSync(bytes, {
    filter: ({ name, originalSize }) => {
      if (entries.has(name)) throw new Refused("a file that holds two parts of one name");
      entries.set(name, originalSize);
      expanded += originalSize;
      if (entries.size > ENTRIES_MAX || expanded > EXPANDED_BYTES_MAX) throw new Refused("a file that expands too far");
      return false;
    },
  });
  return entries;
};

/** Parts that hold markup, expanded as they come in the file, whatever sizes it claims. */
const markupOf = (bytes: Uint8Array, directory: ReadonlyMap<string, number>): ReadonlyMap<string, Buffer> => {
  const parts = new Map<string, Buffer[]>();
  const seen = new Set<string>();
  let expanded = 0;
  const unzip = new Unzip((file) => {
    if (seen.has(file.name) || !directory.has(file.name))
      throw new Refused("a file with parts that its directory does not name");
    seen.add(file.name);
    if (!MARKUP.test(file.name)) return;
    const pieces: Buffer[] = [];
    parts.set(file.name, pieces);
    file.ondata = (error, data) => {
      if (error !== null) throw error;
      expanded += data.length;
      if (expanded > EXPANDED_BYTES_MAX) throw new Refused("a file that expands too far");
      pieces.push(Buffer.from(data));
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  for (let at = 0; at < bytes.length; at += STEP_BYTES)
    unzip.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
  const whole = new Map([...parts].map(([name, pieces]) => [name, Buffer.concat(pieces)]));
  const isTrue = [...whole].every(([name, part]) => part.length === directory.get(name));
  if (seen.size !== directory.size || !isTrue) throw new Refused("a file whose parts are not what its directory says");
  return whole;
};

/** Text of DOCX, PPTX, XLSX and OpenDocument: of every part that is markup. Everything else in them is named. */
export const textOfOffice = (bytes: Uint8Array, textUnitsMax: number): Extraction => {
  try {
    const directory = directoryOf(bytes);
    if (!directory.has("[Content_Types].xml") && !directory.has("mimetype")) return { ok: false, reason: "an archive" };
    const texts: string[] = [];
    for (const [name, part] of [...markupOf(bytes, directory)].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (name === "[Content_Types].xml") continue;
      const read = textOfMarkup(decodeText(part), "xml");
      if (!read.ok) return read;
      texts.push(name.endsWith(".rels") ? linksOf(read.text) : read.text);
    }
    const text = texts.filter((one) => one !== "").join("\n");
    const others = [...directory.keys()].filter((name) => !MARKUP.test(name) && !IGNORED.test(name));
    const gaps = [
      ...(others.some((name) => PICTURE.test(name)) ? ["pictures in a document"] : []),
      ...(others.some((name) => !PICTURE.test(name)) ? ["files in a document"] : []),
      ...(text.length > textUnitsMax ? ["a document with more text than is read"] : []),
    ];
    return { ok: true, text: text.slice(0, textUnitsMax), gaps };
  } catch (error) {
    return { ok: false, reason: error instanceof Refused ? error.message : "a document that cannot be read" };
  }
};

/** Of the relations between parts, those that lead out of the file. */
const linksOf = (targets: string): string =>
  targets
    .split("\n")
    .filter((target) => /^(?:https?|mailto|file|ftp):/i.test(target) && !target.includes("schemas."))
    .join("\n");
