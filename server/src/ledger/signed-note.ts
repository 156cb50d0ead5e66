import { hash, sign, type KeyObject } from "node:crypto";

/** Signature type of plain Ed25519 (c2sp.org/signed-note). */
const ED25519 = 0x01;
/** Length of a raw Ed25519 public key, the tail of its SPKI encoding (RFC 8410). */
const PUBLIC_KEY_BYTES = 32;

/** Signs notes under one name with one key. */
export interface Signer {
  /** Key name; for a log, its origin. */
  readonly name: string;
  /** C2SP verifier key, `name+id+base64`. Public. */
  readonly vkey: string;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
  sign(message: Uint8Array): Uint8Array;
}

/** Key names are not empty and hold no space, no plus and no control character. */
export const isKeyName = (name: string): boolean => /^[^\s+\p{Cc}]+$/u.test(name) && name.isWellFormed();

/** A signer for an Ed25519 private key. */
export const createSigner = (name: string, publicKey: KeyObject, privateKey: KeyObject): Signer => {
  if (!isKeyName(name)) throw new Error(`"${name}" cannot name a key: no spaces, no "+", not empty`);
  if (privateKey.asymmetricKeyType !== "ed25519") throw new Error("a ledger is signed with an Ed25519 key");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-PUBLIC_KEY_BYTES);
  const material = Buffer.concat([Uint8Array.of(ED25519), raw]);
  const keyId = hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), material]), "buffer").toString("hex", 0, 4);
  return {
    name,
    keyId,
    vkey: `${name}+${keyId}+${material.toString("base64")}`,
    sign: (message) => sign(null, message, privateKey),
  };
};

/** A signed note over `text`, which ends in a newline and holds no other control character. */
export const signNote = (text: string, signers: readonly Signer[]): string => {
  if (!/^[^\p{Cc}]*(?:\n[^\p{Cc}]*)*\n$/u.test(text))
    throw new Error("a note's text ends in a newline and has no control characters");
  const message = Buffer.from(text);
  const lines = signers.map(({ name, keyId, sign: signMessage }) => {
    const signature = Buffer.concat([Buffer.from(keyId, "hex"), signMessage(message)]);
    return `— ${name} ${signature.toString("base64")}\n`;
  });
  return `${text}\n${lines.join("")}`;
};

/** Text of a checkpoint (c2sp.org/tlog-checkpoint), not signed yet. */
export const checkpointText = (origin: string, size: number, root: Uint8Array): string =>
  `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;

export interface OwnCheckpoint {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** Key ids that signed, not verified: this reads back what this log wrote. */
  readonly keyIds: ReadonlySet<string>;
}

/** Reads a checkpoint that this log wrote. It verifies nothing. */
export const readOwnCheckpoint = (note: string): OwnCheckpoint => {
  const end = note.lastIndexOf("\n\n");
  const [origin = "", size = "", root = ""] = note.slice(0, end).split("\n");
  const signatures = note
    .slice(end + 2)
    .split("\n")
    .filter((line) => line !== "");
  const keyIds = signatures.map((line) => Buffer.from(line.split(" ")[2] ?? "", "base64").toString("hex", 0, 4));
  return { origin, size: Number(size), root, keyIds: new Set(keyIds) };
};
