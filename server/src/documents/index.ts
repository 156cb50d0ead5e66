/**
 * The text of documents: PDF, office files (DOCX and the like), HTML, and plain text such as Markdown and CSV.
 *
 * Decides nothing and inspects nothing: bytes come in, text goes out, with what of them is no text. Hostile bytes are
 * read in a worker thread of their own, bounded in time and memory. Invariant: what is not read is named, never
 * passed over, so that no text never means nothing to fear.
 */
export { createExtractor, type Extraction, type Extractor } from "./extractor.ts";
export { kindOfBytes, type DocumentKind } from "./kind-of-bytes.ts";
export { textOfPlain } from "./plain-text.ts";
