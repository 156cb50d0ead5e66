import type { IncomingMessage } from "node:http";
import { Fault, toFault } from "#platform";
import type { ByteShare } from "./byte-budget.ts";
import { JSON_TYPE, mediaType } from "./headers.ts";

/** Refuses by the headers alone what would be refused later: content type, encodings, announced size. */
export const checkBodyHeaders = (request: IncomingMessage, bytesMax: number, share: ByteShare): void => {
  const { headers } = request;
  const type = headers["content-type"];
  if (type !== JSON_TYPE && !isJsonAsUtf8(type)) throw new Fault("unsupported_media_type");
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") throw new Fault("unsupported_encoding");
  const transfer = headers["transfer-encoding"];
  if (transfer !== undefined && transfer.toLowerCase() !== "chunked") throw new Fault("unsupported_encoding");
  const announced = Number(headers["content-length"] ?? 0);
  if (announced > bytesMax) throw new Fault("body_too_large");
  share.expect(announced);
};

const isJsonAsUtf8 = (type: string | undefined): boolean => {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(type ?? "")?.[1]?.toLowerCase();
  return mediaType(type) === JSON_TYPE && (charset === undefined || charset === "utf-8" || charset === "utf8");
};

/** Reads at most `bytesMax` bytes, and no more than there is room for; what follows is not read at all. */
export const readBody = (request: IncomingMessage, bytesMax: number, share: ByteShare): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const admit = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > bytesMax) throw new Fault("body_too_large");
      share.take(piece.length);
      pieces.push(piece);
    };
    request.on("data", (piece: Buffer) => {
      try {
        admit(piece);
      } catch (error) {
        pieces.length = 0;
        request.pause();
        request.removeAllListeners("data");
        reject(toFault(error));
      }
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
