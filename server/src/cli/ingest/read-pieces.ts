import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

const PIECE_BYTES = 1024 * 1024;
/** What the server takes at once. */
const WHOLE_BYTES_MAX = 64 * 1024 * 1024;

export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/**
 * A file in pieces that a source can read one by one: lines where it has lines, else whole. `.gz` is decompressed.
 * Throws `TooLarge` for a document that is not lines and longer than a server takes.
 */
export async function* readPieces(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const stream = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  // `pipe` does not pass on what goes wrong.
  file.on("error", (error) => stream.destroy(error));
  let held: Buffer[] = [];
  let bytes = 0;
  let hasLines: boolean | undefined;
  for await (const chunk of stream) {
    held.push(Buffer.from(chunk));
    bytes += held.at(-1)?.length ?? 0;
    if (bytes > WHOLE_BYTES_MAX) throw new TooLarge(path);
    if (bytes < PIECE_BYTES || hasLines === false) continue;
    const whole = Buffer.concat(held);
    hasLines ??= isLines(whole);
    if (!hasLines) continue;
    const end = whole.lastIndexOf(0x0a) + 1;
    if (end > 0) yield whole.subarray(0, end);
    held = [whole.subarray(end)];
    bytes -= end;
  }
  if (bytes > 0) yield Buffer.concat(held);
}

/** Whether the first line stands by itself: a whole JSON value, or no JSON at all. */
const isLines = (beginning: Buffer): boolean => {
  const end = beginning.indexOf(0x0a);
  if (end === -1) return false;
  const line = beginning.toString("utf8", 0, end).trim();
  if (!line.startsWith("{") && !line.startsWith("[")) return !beginning.subarray(0, end).includes(0);
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
};
