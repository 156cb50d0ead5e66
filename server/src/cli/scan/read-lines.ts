import { createReadStream } from "node:fs";

const NEWLINE = 0x0a;
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

export type Line =
  | { readonly ok: true; readonly number: number; readonly text: string }
  | { readonly ok: false; readonly number: number; readonly reason: string };

/** Lines of a file of any length, one at a time. A line that is too long or no UTF-8 is named and passed over. */
export const readLines = async function* (
  path: string,
  onBytes: (count: number) => void,
  lineBytesMax = LINE_BYTES_MAX,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pieces: Buffer[] = [];
  let bytes = 0;
  let number = 0;

  const finish = (): Line => {
    number += 1;
    const whole = pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
    const tooLong = bytes > lineBytesMax;
    pieces = [];
    bytes = 0;
    if (tooLong) return { ok: false, number, reason: `longer than ${Math.round(lineBytesMax / 1024 / 1024)} MiB` };
    try {
      const text = decoder.decode(whole);
      return { ok: true, number, text: text.endsWith("\r") ? text.slice(0, -1) : text };
    } catch {
      return { ok: false, number, reason: "not UTF-8" };
    }
  };
  const take = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes <= lineBytesMax) pieces.push(piece);
    else pieces = [];
  };

  for await (const chunk of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    const piece = Buffer.from(chunk);
    onBytes(piece.length);
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      take(piece.subarray(from, end));
      yield finish();
      from = end + 1;
    }
    if (from < piece.length) take(piece.subarray(from));
  }
  if (bytes > 0) yield finish();
};
