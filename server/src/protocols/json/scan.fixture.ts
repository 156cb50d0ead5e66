import { scanJson, type ScannedJson } from "#platform";

/** Encoded bytes that are no text. */
export const ENCODED = Buffer.from(Array.from({ length: 120 }, (_, at) => 128 + ((at * 37) % 127))).toString("base64");

/** A body that passed the strict front. */
export const scanned = (body: unknown): ScannedJson => {
  const scan = scanJson(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), { depthMax: 64 });
  if (!scan.ok) throw new Error(scan.fault.message);
  return scan.value;
};
