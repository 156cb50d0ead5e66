import { scanJson, type ScannedJson } from "#platform";

/** A body that passed the strict front. */
export const scanned = (body: unknown): ScannedJson => {
  const scan = scanJson(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), { depthMax: 64 });
  if (!scan.ok) throw new Error(scan.fault.message);
  return scan.value;
};
