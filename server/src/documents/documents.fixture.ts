import { deflateSync } from "node:zlib";
import { zipSync, type Zippable } from "fflate";

export interface PdfOptions {
  /** Filters of the page's content and what they make of it. */
  readonly filter?: string;
  readonly content?: Buffer;
  readonly trailer?: string;
  readonly catalog?: string;
  readonly page?: string;
  readonly more?: readonly string[];
}

/** A PDF of one page that says `text`. */
export const pdfOf = (text: string, options: PdfOptions = {}): Buffer => {
  const content = options.content ?? Buffer.from(`BT /F1 10 Tf 72 700 Td (${text}) Tj ET`);
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${options.catalog ?? ""} >>`,
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> ${options.page ?? ""} >>`,
    Buffer.concat([
      Buffer.from(`<< /Length ${content.length} ${options.filter ?? ""} >>\nstream\n`),
      content,
      Buffer.from("\nendstream"),
    ]),
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ...(options.more ?? []),
  ];
  const pieces: Buffer[] = [Buffer.from("%PDF-1.4\n")];
  const offsets: number[] = [];
  let at = pieces[0]?.length ?? 0;
  for (const [index, object] of objects.entries()) {
    offsets.push(at);
    const piece = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from("\nendobj\n")]);
    pieces.push(piece);
    at += piece.length;
  }
  const table = offsets.map((offset) => `${offset.toString().padStart(10, "0")} 00000 n \n`).join("");
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${options.trailer ?? ""} >>\nstartxref\n${at}\n%%EOF\n`;
  pieces.push(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${trailer}`));
  return Buffer.concat(pieces);
};

/** The same with its content compressed, as programs write it. */
export const compressedPdf = (text: string): Buffer =>
  pdfOf("", {
    filter: "/Filter /FlateDecode",
    content: deflateSync(Buffer.from(`BT /F1 10 Tf 72 700 Td (${text}) Tj ET`)),
  });

/** One that asks for a password. */
export const encryptedPdf = (text: string): Buffer => {
  const hex = (byte: string): string => `<${byte.repeat(32)}>`;
  return pdfOf(text, {
    trailer: `/ID [${hex("ab")} ${hex("ab")}] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O ${hex("11")} /U ${hex("22")} >>`,
  });
};

export const wordXml = (body: string, head = ""): string =>
  `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${head}<w:document xmlns:w="x"><w:body>${body}</w:body></w:document>`;

export const paragraph = (...runs: readonly string[]): string =>
  `<w:p>${runs.map((text) => `<w:r><w:t>${text}</w:t></w:r>`).join("")}</w:p>`;

/** A DOCX of these parts besides the document. */
export const docxOf = (document: string, parts: Zippable = {}): Buffer =>
  Buffer.from(
    zipSync({
      "[Content_Types].xml": Buffer.from("<Types/>"),
      "word/document.xml": Buffer.from(document),
      ...parts,
    }),
  );
