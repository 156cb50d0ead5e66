import type { IncomingMessage } from "node:http";
import { declaredBoundary, Fault, toFault } from "#platform";
import type { Endpoint } from "#protocols";
import type { ByteShare } from "./byte-budget.ts";
import { BYTES_TYPE, HEAD_BYTES_HEADER } from "./body-shape.ts";
import { INLINE_BYTES_MAX } from "./examination-pool.ts";
import { JSON_TYPE, mediaType } from "./headers.ts";
import { joinPieces, sharedBytes } from "./shared-bytes.ts";

/** Refuses by the headers alone what would be refused later: content type, encodings, announced size. */
export const checkBodyHeaders = (
  request: IncomingMessage,
  kind: Endpoint["body"],
  bytesMax: number,
  share: ByteShare,
  mediaTypes: readonly string[] = [],
): void => {
  const { headers } = request;
  const type = headers["content-type"];
  if (kind === "form" && declaredBoundary(type ?? "") === undefined)
    throw new Fault("unsupported_media_type", {
      message: "Only multipart/form-data with one boundary of plain characters is accepted here.",
    });
  if (kind === "tensors" && headers[HEAD_BYTES_HEADER] !== undefined) {
    if (type !== BYTES_TYPE) throw new Fault("unsupported_media_type", { message: TENSORS });
  } else if (kind !== "form" && type !== JSON_TYPE && !mediaTypes.includes(type ?? "") && !isJsonAsUtf8(type))
    throw new Fault("unsupported_media_type");
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") throw new Fault("unsupported_encoding");
  const transfer = headers["transfer-encoding"];
  if (transfer !== undefined && transfer.toLowerCase() !== "chunked") throw new Fault("unsupported_encoding");
  const announced = Number(headers["content-length"] ?? 0);
  if (announced > bytesMax) throw new Fault("body_too_large");
  share.expect(announced);
};

const TENSORS =
  "Tensors as bytes are sent as application/octet-stream, with the number of bytes of their JSON in inference-header-content-length.";

const isJsonAsUtf8 = (type: string | undefined): boolean => {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(type ?? "")?.[1]?.toLowerCase();
  return mediaType(type) === JSON_TYPE && (charset === undefined || charset === "utf-8" || charset === "utf8");
};

/**
 * Reads at most `bytesMax` bytes, and no more than there is room for; what follows is not read at all. A large body whose
 * length was announced is put together as it comes, in memory that a worker reads too.
 */
export const readBody = (request: IncomingMessage, bytesMax: number, share: ByteShare): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const announced = Number(request.headers["content-length"] ?? 0);
    let pieces: Buffer[] = [];
    let whole: Buffer | undefined;
    let bytes = 0;
    const admit = (piece: Buffer): void => {
      const before = bytes;
      bytes += piece.length;
      if (bytes > bytesMax) throw new Fault("body_too_large");
      share.take(piece.length);
      if (whole !== undefined) piece.copy(whole, before);
      else pieces.push(piece);
      if (whole !== undefined || bytes <= INLINE_BYTES_MAX || announced <= bytes) return;
      // Not before so much has come: an announcement costs its sender nothing.
      whole = sharedBytes(announced);
      let at = 0;
      for (const one of pieces) at += one.copy(whole, at);
      pieces = [];
    };
    request.on("data", (piece: Buffer) => {
      try {
        admit(piece);
      } catch (error) {
        pieces = [];
        whole = undefined;
        request.pause();
        request.removeAllListeners("data");
        reject(toFault(error));
      }
    });
    // A body shorter than announced has no end.
    request.on("end", () => resolve(whole ?? joinPieces(pieces, bytes, INLINE_BYTES_MAX)));
    const left = (): void => reject(new Fault("bad_request", { detail: "the caller left while sending" }));
    request.on("error", left);
    request.on("close", () => {
      if (!request.complete) left();
    });
  });
