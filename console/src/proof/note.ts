import { areEqual, concat, fromBase64, sha256, utf8, type Bytes } from "./bytes.ts";

/** A C2SP signed note: the text that is signed and the signatures under it. */
export interface SignedNote {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly keyId: Bytes; readonly signature: Bytes }[];
}

/** A C2SP tlog-checkpoint: the first three lines of the note's text. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

export interface VerifierKey {
  readonly name: string;
  readonly keyId: Bytes;
  readonly type: number;
  readonly publicKey: Bytes;
}

const ED25519 = 1;
const SIGNATURE_LINE = /^\u2014 (\S{1,256}) ([A-Za-z0-9+/=]{8,8192})$/;
const SIGNATURES_MAX = 64;

/** Undefined when it is not a signed note (c2sp.org/signed-note). */
export const parseNote = (note: string): SignedNote | undefined => {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n")) return undefined;
  const text = note.slice(0, gap + 1);
  const lines = note.slice(gap + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) return undefined;
  const signatures = [];
  for (const line of lines) {
    const parts = SIGNATURE_LINE.exec(line);
    const bytes = fromBase64(parts?.[2] ?? "");
    const name = parts?.[1];
    if (name === undefined || bytes === undefined || bytes.length < 5) return undefined;
    signatures.push({ name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) });
  }
  return { text, signatures };
};

/** Undefined when the text is not a checkpoint's (c2sp.org/tlog-checkpoint). */
export const parseCheckpoint = (text: string): Checkpoint | undefined => {
  const [origin, size, rootText] = text.split("\n");
  const root = fromBase64(rootText ?? "");
  if (origin === undefined || origin === "" || size === undefined || !/^(0|[1-9]\d{0,15})$/.test(size))
    return undefined;
  if (root === undefined || root.length !== 32) return undefined;
  return { origin, size: Number(size), root };
};

/** `name+hex(keyId)+base64(type || key)`; undefined when malformed or when the id is not this key's. */
export const parseVerifierKey = async (line: string): Promise<VerifierKey | undefined> => {
  // Base64 may hold `+`, a name may not: cut at the first two.
  const parts = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(line.trim());
  const key = fromBase64(parts?.[3] ?? "");
  const [, name, idText] = parts ?? [];
  if (name === undefined || idText === undefined || key === undefined || key.length < 2) return undefined;
  const keyId = Uint8Array.from(idText.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const expected = (await sha256(concat(utf8(`${name}\n`), key))).slice(0, 4);
  if (!areEqual(keyId, expected)) return undefined;
  return { name, keyId, type: key[0] ?? 0, publicKey: key.slice(1) };
};

export type SignatureOutcome =
  | "valid"
  | "invalid"
  | "no-signature-by-this-key"
  | "unsupported-key"
  | "unsupported-browser";

/** Checks the note's signature by one key; signatures by other keys are ignored, as the format asks. */
export const checkSignature = async (note: SignedNote, key: VerifierKey): Promise<SignatureOutcome> => {
  if (key.type !== ED25519 || key.publicKey.length !== 32) return "unsupported-key";
  const own = note.signatures.filter(
    (signature) => signature.name === key.name && areEqual(signature.keyId, key.keyId),
  );
  if (own.length === 0) return "no-signature-by-this-key";
  let publicKey: CryptoKey;
  try {
    publicKey = await crypto.subtle.importKey("raw", key.publicKey, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return "unsupported-browser";
  }
  const signed = utf8(note.text);
  const results = await Promise.all(
    own.map(({ signature }) => crypto.subtle.verify({ name: "Ed25519" }, publicKey, signature, signed)),
  );
  return results.every(Boolean) ? "valid" : "invalid";
};
