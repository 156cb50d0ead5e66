import type { Provenance, Segment } from "@parapet/model";
import { kindOfBytes, textOfPlain, type DocumentKind, type Extraction, type Extractor } from "#documents";
import { systemClock, type ScannedJson } from "#platform";
import type { LocatedSegment, UnscannablePart } from "#protocols";

/** A document in a body: whose bytes stand in a part that no detector reads. */
export interface FoundDocument {
  /** False: its part holds other content besides, which nobody reads. */
  readonly isAlone: boolean;
  /** Of the part. */
  readonly part: string;
  /** Of the string, or the file of a form. */
  readonly pointer: string;
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly kind: DocumentKind;
  readonly bytes: () => Buffer;
}

/** An address, a data URL, or much that is encoded: content of its own, where it stands beside a document. */
const ELSEWHERE = /^(?:data|file|ftp|gs|https?|s3):/i;
const CONTENT_UNITS_MIN = 65;
const isContent = (value: string): boolean =>
  ELSEWHERE.test(value) || (value.length >= CONTENT_UNITS_MIN && BASE64.test(value));

/** What a body says, and what of it no detector reads. */
export interface Said {
  readonly segments: readonly LocatedSegment[];
  readonly unscannable: readonly UnscannablePart[];
}

/** As what the text of documents is read. */
export interface ReadAs {
  readonly direction: Segment["direction"];
  /** Index of the body's first segment. */
  readonly firstIndex: number;
  /** Who wrote it; left out: whoever wrote the part that it stands in. */
  readonly provenance?: Provenance;
}

/** In a request to a model somebody gave it a document to read; in one to a tool or an agent it is what is handed over. */
export const asRequest = (toward: "tool" | undefined): ReadAs =>
  toward === undefined
    ? { direction: "request", firstIndex: 0, provenance: "document" }
    : { direction: "response", firstIndex: 0, provenance: "tool-arguments" };

export const DOCUMENTS_MAX = 20;
/** For all documents of one body. */
const TOGETHER_MS = 15_000;
const SNIFFED_UNITS = 2_048;
const BASE64_URL = /^data:[^,]{0,200};base64,/i;
const BASE64 = /^[A-Za-z0-9+/_-]{16}/;
/** Fields of plain text in base64; others may only look like it. */
const PLAIN_FIELDS = /\/(?:data|file_data|bytes|raw|blob)$/;
const HOLDS_DOCUMENTS = /\b(?:file|document|bytes)\b/;

/** Documents by their bytes, whatever the body calls them; where nothing is unreadable there are none. */
export const documentsIn = (
  body: ScannedJson,
  { unscannable }: Pick<Said, "unscannable">,
): readonly FoundDocument[] => {
  if (unscannable.length === 0) return [];
  const parts = new Map(unscannable.map((part) => [part.pointer, part]));
  const found: Omit<FoundDocument, "isAlone">[] = [];
  const mixed = new Set<string>();
  for (const { pointer, start: byteStart, end: byteEnd } of body.spans) {
    const bytes = body.bytes.subarray(byteStart, byteEnd);
    const kind = parts.has(pointer) ? kindOfBytes(bytes) : undefined;
    if (kind !== undefined) found.push({ part: pointer, pointer, byteStart, byteEnd, kind, bytes: () => bytes });
  }
  for (const { pointer, value, start: byteStart, end: byteEnd } of body.leaves) {
    const part = partAround(parts, pointer);
    if (part === undefined) continue;
    const encoded = value.slice(BASE64_URL.exec(value.slice(0, 256))?.[0].length ?? 0);
    const bytes = (): Buffer => Buffer.from(encoded, "base64");
    const isPlainHere =
      HOLDS_DOCUMENTS.test(part.reason) && (PLAIN_FIELDS.test(pointer) || encoded.length < value.length);
    const kind = BASE64.test(encoded) ? encodedKind(encoded, bytes, isPlainHere) : undefined;
    if (kind !== undefined && found.length < DOCUMENTS_MAX)
      found.push({ part: part.pointer, pointer, byteStart, byteEnd, kind, bytes });
    else if (isContent(value)) mixed.add(part.pointer);
  }
  return found.slice(0, DOCUMENTS_MAX).map((one) => ({ ...one, isAlone: !mixed.has(one.part) }));
};

const encodedKind = (encoded: string, bytes: () => Buffer, isPlainHere: boolean): DocumentKind | undefined => {
  // The cut may stand inside a character: whether it is text all of it says.
  const first = kindOfBytes(Buffer.from(encoded.slice(0, SNIFFED_UNITS), "base64"));
  if (first === "pdf") return kindOfBytes(bytes());
  if (first === "office") return first;
  return isPlainHere ? plainKind(bytes()) : undefined;
};

const plainKind = (bytes: Buffer): "text" | undefined => (kindOfBytes(bytes) === "text" ? "text" : undefined);

const partAround = (parts: ReadonlyMap<string, UnscannablePart>, pointer: string): UnscannablePart | undefined => {
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const part = parts.get(at);
    if (part !== undefined) return part;
  }
  return undefined;
};

/** Whether a worker has to read them. */
export const needExtractor = (documents: readonly FoundDocument[]): boolean =>
  documents.some(({ kind }) => kind !== "text");

const readPlain = ({ bytes }: FoundDocument): Extraction => ({ ok: true, text: textOfPlain(bytes()), gaps: [] });

/** What is said with plain documents as segments. */
export const withPlainDocuments = <T extends Said>(said: T, documents: readonly FoundDocument[], as: ReadAs): T =>
  documents.length === 0 ? said : joined(said, documents, documents.map(readPlain), as);

/** The same with all documents, one after the other. */
export const withDocuments = async <T extends Said>(
  said: T,
  documents: readonly FoundDocument[],
  as: ReadAs,
  extractor: Extractor,
): Promise<T> => {
  const endMs = systemClock.monotonic() + TOGETHER_MS;
  const extractions: Extraction[] = [];
  for (const document of documents) {
    const isLate = systemClock.monotonic() > endMs;
    if (document.kind === "text") extractions.push(readPlain(document));
    else if (isLate) extractions.push({ ok: false, reason: "documents that take too long to read" });
    else extractions.push(await extractor.extract(document.bytes(), document.kind));
  }
  return documents.length === 0 ? said : joined(said, documents, extractions, as);
};

/** What was read becomes a segment that no edit reaches; what was not stays unscannable, with the reason. */
const joined = <T extends Said>(
  said: T,
  documents: readonly FoundDocument[],
  extractions: readonly Extraction[],
  { direction, firstIndex, provenance }: ReadAs,
): T => {
  const segments: LocatedSegment[] = [...said.segments];
  const parts = new Map(said.unscannable.map((part) => [part.pointer, part]));
  const left = new Map<string, string>();
  for (const [at, { part, pointer, byteStart, byteEnd, isAlone }] of documents.entries()) {
    const extraction = extractions[at];
    if (extraction === undefined) continue;
    const others = isAlone ? [] : [parts.get(part)?.reason ?? "other content"];
    const gaps = [...(extraction.ok ? extraction.gaps : [extraction.reason]), ...others];
    left.set(part, [left.get(part) ?? "", ...gaps].filter((gap) => gap !== "").join(", "));
    if (!extraction.ok || extraction.text === "") continue;
    segments.push({
      index: firstIndex + segments.length,
      direction,
      pointer: `${pointer}/text`,
      role: "document",
      provenance: provenance ?? parts.get(part)?.provenance ?? "document",
      text: extraction.text,
      byteStart,
      byteEnd,
      sealed: true,
    });
  }
  const unscannable = said.unscannable.flatMap((part): UnscannablePart[] => {
    const reason = left.get(part.pointer);
    return reason === undefined ? [part] : reason === "" ? [] : [{ ...part, reason }];
  });
  return { ...said, segments, unscannable };
};
