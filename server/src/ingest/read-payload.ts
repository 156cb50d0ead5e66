import type { IncomingMessage } from "node:http";
import { pipeline, type Transform } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";

export type PayloadResult =
  | { readonly ok: true; readonly bytes: Buffer; readonly raw: Buffer }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly reason: string };

/**
 * Reads a body, decompressed where `content-encoding` says gzip or deflate. Both sizes are bounded: what is read,
 * and what comes out of it, whatever the one promises of the other.
 */
export const readPayload = async (request: IncomingMessage, bytesMax: number): Promise<PayloadResult> => {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const inflate = inflaterOf(encoding);
  if (inflate === undefined)
    return { ok: false, status: 415, reason: `content-encoding ${encoding} is not gzip, deflate or identity` };
  const declared = Number(request.headers["content-length"] ?? 0);
  const tooLarge = { ok: false, status: 413, reason: `more than ${bytesMax} bytes; send smaller batches` } as const;
  if (declared > bytesMax) return tooLarge;
  const raw: Buffer[] = [];
  let rawBytes = 0;
  for await (const piece of request) {
    const buffer = Buffer.from(piece);
    rawBytes += buffer.length;
    if (rawBytes > bytesMax) return tooLarge;
    raw.push(buffer);
  }
  const whole = raw.length === 1 && raw[0] !== undefined ? raw[0] : Buffer.concat(raw);
  if (inflate === "none") return { ok: true, bytes: whole, raw: whole };
  const inflated = await decompress(whole, inflate(), bytesMax);
  if (inflated === "large") return tooLarge;
  if (inflated === "broken")
    return { ok: false, status: 400, reason: `the body is not ${encoding}, though it says so` };
  return { ok: true, bytes: inflated, raw: whole };
};

const inflaterOf = (encoding: string): (() => Transform) | "none" | undefined => {
  switch (encoding) {
    case "":
    case "identity":
      return "none";
    case "gzip":
    case "x-gzip":
      return createGunzip;
    case "deflate":
      return createInflate;
    default:
      return undefined;
  }
};

/** Bounded by what comes out. */
export const decompress = (bytes: Buffer, inflate: Transform, bytesMax: number): Promise<Buffer | "large" | "broken"> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    inflate.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size > bytesMax) {
        resolve("large");
        inflate.destroy();
      } else pieces.push(piece);
    });
    pipeline([bytes], inflate, (error) =>
      resolve(error === null || error === undefined ? Buffer.concat(pieces) : "broken"),
    );
  });
