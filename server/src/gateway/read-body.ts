import type { IncomingMessage } from "node:http";
import { Fault } from "#platform";
import { JSON_TYPE, mediaType } from "./headers.ts";

/** Refuses by the headers alone what would be refused later: content type, encodings, announced size. */
export const checkBodyHeaders = (request: IncomingMessage, bytesMax: number): void => {
  const { headers } = request;
  const type = headers["content-type"];
  if (type !== JSON_TYPE && !isJsonAsUtf8(type)) throw new Fault("unsupported_media_type");
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") throw new Fault("unsupported_encoding");
  const transfer = headers["transfer-encoding"];
  if (transfer !== undefined && transfer.toLowerCase() !== "chunked") throw new Fault("unsupported_encoding");
  if (Number(headers["content-length"] ?? 0) > bytesMax) throw new Fault("body_too_large");
};

const isJsonAsUtf8 = (type: string | undefined): boolean => {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(type ?? "")?.[1]?.toLowerCase();
  return mediaType(type) === JSON_TYPE && (charset === undefined || charset === "utf-8" || charset === "utf8");
};

/** Reads at most `bytesMax` bytes; what follows is not read at all. */
export const readBody = (request: IncomingMessage, bytesMax: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > bytesMax) {
        request.pause();
        request.removeAllListeners("data");
        reject(new Fault("body_too_large"));
        return;
      }
      pieces.push(piece);
    });
    request.on("end", () =>
      resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)),
    );
    const left = (): void => reject(new Fault("bad_request", { detail: "the caller left while sending" }));
    request.on("error", left);
    request.on("close", () => {
      if (!request.complete) left();
    });
  });
