import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { Fault } from "./fault.ts";
import { uuidv7 } from "./ids.ts";

const KEY_BYTES = 32;
const BASE64_32 = /^[A-Za-z0-9+/_-]{43}=?$/;

const decodeKey = (text: string, where: string): Buffer => {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, "base64");
  if (!BASE64_32.test(trimmed) || key.length !== KEY_BYTES) {
    throw new Fault("internal", { detail: `${where} must hold 32 bytes in base64 (openssl rand -base64 32)` });
  }
  return key;
};

const readKeyFile = (path: string): Buffer => {
  const file = openSync(path, "r");
  try {
    const { mode } = fstatSync(file);
    // Windows has no such bits; its files are protected by the directory's access list.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new Fault("internal", { detail: `${path} can be read by others; run: chmod 600 ${path}` });
    }
    return decodeKey(readFileSync(file, "utf8"), path);
  } finally {
    closeSync(file);
  }
};

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** Writes beside and links into place, so that a crash leaves no half key and a race has one winner. */
const createKeyFile = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${uuidv7(Date.now())}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, `${randomBytes(KEY_BYTES).toString("base64")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    unlinkSync(draft);
  }
};

/** The 32-byte key in `path`, made with mode 0600 when there is none. Throws a `Fault` whose detail has the fix. */
export const loadOrCreateKeyFile = (path: string): Buffer => {
  try {
    return readKeyFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  createKeyFile(path);
  return readKeyFile(path);
};

/** `PARAPET_MASTER_KEY` (base64, 32 bytes) when set, else the key file. */
export const loadMasterKey = (path: string, env: Readonly<Record<string, string | undefined>>): Buffer => {
  const given = env["PARAPET_MASTER_KEY"];
  return given === undefined || given === "" ? loadOrCreateKeyFile(path) : decodeKey(given, "PARAPET_MASTER_KEY");
};
