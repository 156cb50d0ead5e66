import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";

/** SPKI header of an Ed25519 public key (RFC 8410 §4); the raw key follows. */
const SPKI_HEADER = Buffer.from("302a300506032b6570032100", "hex");
const ED25519 = 0x01;
const NOTE_CHARACTERS_MAX = 1 << 20;
const SIGNATURES_MAX = 64;

export interface VerifierKey {
  readonly name: string;
  /** Eight lower-case hexadecimal digits. */
  readonly id: string;
  readonly key: KeyObject;
}

/** A checkpoint (c2sp.org/tlog-checkpoint) as its text says; `fault` when it must not be believed. */
export interface ReadCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** Why no known key vouches for it. */
  readonly fault?: string;
}

/** Standard base64 with padding, one spelling only; undefined for anything else. */
export const decodeBase64 = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
};

/** A C2SP verifier key of plain Ed25519, undefined when it is not one. */
export const parseVerifierKey = (vkey: string): VerifierKey | undefined => {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey) ?? [];
  if (name === undefined || id === undefined || encoded === undefined) return undefined;
  const material = decodeBase64(encoded);
  if (material?.length !== 33 || material[0] !== ED25519) return undefined;
  const expected = createHash("sha256").update(`${name}\n`).update(material).digest("hex").slice(0, 8);
  if (expected !== id) return undefined;
  try {
    const der = Buffer.concat([SPKI_HEADER, material.subarray(1)]);
    return { name, id, key: createPublicKey({ key: der, format: "der", type: "spki" }) };
  } catch {
    return undefined;
  }
};

export type OpenedNote =
  | { readonly ok: true; readonly text: string; readonly fault?: string }
  | { readonly ok: false; readonly fault: string };

/** Splits a signed note and checks it against `keys`; `fault` without a text when it is no note at all. */
export const openNote = (note: string, keys: readonly VerifierKey[]): OpenedNote => {
  if (note.length > NOTE_CHARACTERS_MAX) return { ok: false, fault: "the note is larger than 1 MiB" };
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note))
    return { ok: false, fault: "the note holds control characters or is not UTF-8" };
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) return { ok: false, fault: "it is not a signed note" };
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) return { ok: false, fault: `it has more than ${SIGNATURES_MAX} signatures` };
  const message = Buffer.from(text);
  let verified = 0;
  for (const line of lines) {
    const [, name, encoded] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
    const blob = encoded === undefined ? undefined : decodeBase64(encoded);
    if (name === undefined || blob === undefined || blob.length < 5)
      return { ok: false, fault: "a signature line is malformed" };
    const known = keys.filter((key) => key.name === name && key.id === blob.toString("hex", 0, 4));
    for (const { key } of known) {
      if (!verify(null, message, key, blob.subarray(4)))
        return { ok: true, text, fault: "the signature of a known key is not valid" };
      verified += 1;
    }
  }
  return verified > 0 ? { ok: true, text } : { ok: true, text, fault: "no known key has signed it" };
};

/** Reads and checks a checkpoint; a string says why it is none. */
export const openCheckpoint = (note: string, keys: readonly VerifierKey[]): ReadCheckpoint | string => {
  const opened = openNote(note, keys);
  if (!opened.ok) return opened.fault;
  const [origin = "", digits = "", encoded = "", ...extensions] = opened.text.slice(0, -1).split("\n");
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(digits) ? Number(digits) : Number.NaN;
  const root = decodeBase64(encoded);
  if (origin === "" || !Number.isSafeInteger(size) || root?.length !== 32 || extensions.includes(""))
    return "it is not a checkpoint";
  // A key speaks for the log it is named after; another log's key, even when listed, does not.
  const named = keys.some(({ name }) => name === origin);
  const fault = opened.fault ?? (named ? undefined : `no given key is named "${origin}"`);
  return { origin, size, root, ...(fault === undefined ? {} : { fault }) };
};
