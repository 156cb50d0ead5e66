import { scanForm, scanJson, type JsonScan } from "#platform";
import type { Endpoint } from "#protocols";

/** How a body stands in its bytes, as its headers say. */
export interface BodyShape {
  /** Media type, lower case. */
  readonly type: string;
  /** Bytes of JSON at its beginning, where tensors follow as bytes. */
  readonly headBytes?: number;
  /** Of an answer: what was asked for, where the request named it. */
  readonly operation?: string;
  /** Of a file that came in parts and is whole now: what it is for. The body is the file. */
  readonly purpose?: string;
  /** Something of it is kept: its outline is wanted. */
  readonly outlined?: true;
}

const NO_NAME = { filename: "", type: "" };

/** A file as a form with nothing else in it would bring it; how it is named was read when it was begun. */
const scanWhole = (bytes: Buffer, purpose: string): JsonScan => ({
  ok: true,
  value: {
    bytes,
    value: { purpose, file: NO_NAME },
    leaves: [],
    keys: [],
    spans: [{ pointer: "/file", start: 0, end: bytes.length }],
  },
});

/** Says where the JSON ends (binary tensor data extension of the Open Inference Protocol). */
export const HEAD_BYTES_HEADER = "inference-header-content-length";
export const BYTES_TYPE = "application/octet-stream";

/** The number in the header; undefined where there is none, NaN where it is none. */
export const headBytesOf = (header: string | readonly string[] | undefined): number | undefined => {
  if (header === undefined) return undefined;
  return typeof header === "string" && /^[1-9][0-9]{0,9}$/.test(header) ? Number(header) : Number.NaN;
};

/** Reads a body as its endpoint says it is. */
export const scanBody = (
  bytes: Buffer,
  kind: Endpoint["body"] | Endpoint["answer"],
  depthMax: number,
  { headBytes, purpose }: BodyShape,
): JsonScan => {
  if (purpose !== undefined) return scanWhole(bytes, purpose);
  if (kind === "form") return scanForm(bytes);
  if (headBytes === undefined || kind !== "tensors") return scanJson(bytes, { depthMax });
  if (!(headBytes <= bytes.length))
    return { ok: false, fault: { code: "bad_json", message: "The JSON is longer than the body", offset: 0 } };
  const scan = scanJson(bytes.subarray(0, headBytes), { depthMax });
  if (!scan.ok) return scan;
  return { ok: true, value: { ...scan.value, bytes, spans: [{ pointer: "", start: headBytes, end: bytes.length }] } };
};
