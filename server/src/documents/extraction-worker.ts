import { parentPort } from "node:worker_threads";
import type { DocumentKind } from "./kind-of-bytes.ts";
import { textOfOffice } from "./office-text.ts";
import { textOfPdf } from "./pdf-text.ts";
import { textOfPlain } from "./plain-text.ts";
import type { Extraction } from "./extractor.ts";

export interface ExtractionJob {
  readonly id: number;
  readonly kind: DocumentKind;
  readonly bytes: Uint8Array;
  readonly textUnitsMax: number;
}

const extract = async ({ kind, bytes, textUnitsMax }: ExtractionJob): Promise<Extraction> => {
  const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === "pdf") return textOfPdf(own, textUnitsMax);
  if (kind === "office") return textOfOffice(own, textUnitsMax);
  const text = textOfPlain(own);
  const gaps = text.length > textUnitsMax ? ["a document with more text than is read"] : [];
  return { ok: true, text: text.slice(0, textUnitsMax), gaps };
};

parentPort?.on("message", (job: ExtractionJob) => {
  void extract(job).then((extraction) => parentPort?.postMessage({ id: job.id, extraction }));
});
