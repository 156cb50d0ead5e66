import { hash } from "node:crypto";
import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import type { SourceTransport } from "@parapet/model";
import type { Transport, TransportTools } from "./transport.ts";

const LOOK_MS = 500;
const PIECE_BYTES = 1024 * 1024;
/** A line that is longer is given on as it is, to be a dead letter. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
const HEAD_BYTES = 256;
const FILES_MAX = 1_000;

/** Where a file stands. It is known by its inode, so that it is the same after a rotation gave it another name. */
const Place = z.object({
  path: z.string(),
  offset: z.int().nonnegative(),
  /** Digest of its first bytes: an inode is given to another file once this one is gone. */
  head: z.string(),
  headBytes: z.int().nonnegative(),
});
type Place = z.infer<typeof Place>;

type FileOptions = Extract<SourceTransport, { readonly kind: "file" }>;

interface Found {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly changedMs: number;
}

/** Follows files of lines. Rotated ones are read to their end, truncated ones from their start, `.gz` once. */
export const followFiles = (options: FileOptions, base: string, tools: TransportTools): Transport => {
  const { deliver, positions, signal } = tools;
  const patterns = options.paths.map((path) => resolve(base, path));
  const places = new Map<string, Place>();
  /** Sizes of compressed files as last seen: one that still grows is not read yet. */
  const sizes = new Map<string, number>();
  /** When files that were read to their end were written last. */
  const changes = new Map<string, number>();

  const remember = async (name: string, place: Place): Promise<void> => {
    places.set(name, place);
    await positions.put(name, JSON.stringify(place));
  };

  /** Files that match, and those that did under another name and were not read to their end. */
  const look = async (): Promise<readonly Found[]> => {
    const found = new Map<string, Found>();
    for (const pattern of patterns) {
      const matches = matcherOf(basename(pattern));
      for (const entry of await readdir(dirname(pattern)).catch(() => [])) {
        const path = join(dirname(pattern), entry);
        const about = await stat(path, { bigint: true }).catch(() => undefined);
        if (about?.isFile() !== true) continue;
        const name = `file:${about.dev}:${about.ino}`;
        const isFollowed = matches(entry) || (places.has(name) && !entry.endsWith(".gz"));
        if (isFollowed && found.size < FILES_MAX) {
          const changedMs = Number(about.mtimeMs);
          found.set(name, { path, name, size: Number(about.size), changedMs });
        }
      }
    }
    return [...found.values()];
  };

  /** Undefined for a file that is new here. */
  const placeOf = async ({ name, path, size }: Found, file: FileHandle): Promise<Place | undefined> => {
    const known = places.get(name);
    if (known === undefined) return undefined;
    if (size < known.offset || (await headOf(file, known.headBytes)) !== known.head) return { ...NEW, path };
    return known;
  };

  const follow = async (found: Found, isFirstLook: boolean): Promise<void> => {
    const { name, path, size } = found;
    // A file that was written anew may have the size of what stood there before.
    if (places.get(name)?.offset === size && changes.get(name) === found.changedMs) return;
    changes.set(name, found.changedMs);
    const file = await open(path, "r");
    try {
      const known = await placeOf(found, file);
      const offset = known?.offset ?? (isFirstLook && options.from === "end" ? size : 0);
      const isCompressed = path.endsWith(".gz");
      if (isCompressed && sizes.get(name) !== size) {
        sizes.set(name, size);
        return;
      }
      const keep = async (to: number): Promise<void> => {
        const headBytes = Math.min(HEAD_BYTES, to);
        await remember(name, { path, offset: to, headBytes, head: await headOf(file, headBytes) });
      };
      if (isCompressed) {
        if (offset === 0 && (await readCompressed(file, deliver))) await keep(size);
        return;
      }
      if (places.get(name)?.offset !== offset) await keep(offset);
      await readLines(file, offset, deliver, keep, signal);
    } finally {
      await file.close();
    }
  };

  return {
    run: async () => {
      for (const { name, value } of await positions.list("file:")) {
        const place = Place.safeParse(safeJson(value));
        if (place.success) places.set(name, place.data);
      }
      let isFirstLook = places.size === 0;
      while (!signal.aborted) {
        const found = await look();
        let problem = found.length === 0 ? `there is no file at ${options.paths.join(", ")}` : undefined;
        for (const one of found) {
          if (signal.aborted) return;
          try {
            await follow(one, isFirstLook);
          } catch (error) {
            problem = `${one.path}: ${error instanceof Error ? error.message : String(error)}`;
          }
        }
        tools.setProblem(problem);
        isFirstLook = false;
        await forgetGone(found);
        await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };

  async function forgetGone(found: readonly Found[]): Promise<void> {
    const here = new Set(found.map(({ name }) => name));
    for (const name of [...places.keys()].filter((one) => !here.has(one))) {
      places.delete(name);
      sizes.delete(name);
      changes.delete(name);
      await positions.put(name, "");
    }
  }
};

const NEW = { offset: 0, headBytes: 0, head: hash("sha256", "", "hex") };

const safeJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** `*` stands for any characters of one name. Linear: each literal is looked for once, behind the one before. */
const matcherOf = (pattern: string): ((name: string) => boolean) => {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  return (name) => {
    if (last === undefined) return name === first;
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
    let at = first.length;
    for (const literal of rest) {
      const next = name.indexOf(literal, at);
      if (next === -1) return false;
      at = next + literal.length;
    }
    return at <= name.length - last.length;
  };
};

const headOf = async (file: FileHandle, bytes: number): Promise<string> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return hash("sha256", buffer.subarray(0, bytesRead), "hex");
};

/** Whole lines from `offset` on; the position moves behind each piece that is durable. */
const readLines = async (
  file: FileHandle,
  offset: number,
  deliver: TransportTools["deliver"],
  keep: (to: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  let at = offset;
  let size = PIECE_BYTES;
  while (!signal.aborted) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, at);
    const piece = buffer.subarray(0, bytesRead);
    const lineEnd = piece.lastIndexOf(0x0a) + 1;
    if (lineEnd === 0 && bytesRead === size && size < LINE_BYTES_MAX) {
      size *= 2;
      continue;
    }
    // The end of the file may be half a line that is still being written.
    const end = lineEnd === 0 && bytesRead === size ? bytesRead : lineEnd;
    if (end === 0 || !(await deliver({ bytes: piece.subarray(0, end), contentType: "" }))) return;
    at += end;
    size = PIECE_BYTES;
    await keep(at);
    if (bytesRead < PIECE_BYTES) return;
  }
};

/** All lines of a compressed file; false when the end came before. */
const readCompressed = async (file: FileHandle, deliver: TransportTools["deliver"]): Promise<boolean> => {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false }).pipe(createGunzip())) {
    held = Buffer.concat([held, Buffer.from(chunk)]);
    if (held.length < PIECE_BYTES) continue;
    const end = held.lastIndexOf(0x0a) + 1 || (held.length > LINE_BYTES_MAX ? held.length : 0);
    if (end === 0) continue;
    if (!(await deliver({ bytes: held.subarray(0, end), contentType: "" }))) return false;
    held = held.subarray(end);
  }
  return held.length === 0 || (await deliver({ bytes: held, contentType: "" }));
};
