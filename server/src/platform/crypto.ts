import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
  randomFillSync,
  timingSafeEqual,
} from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEAL_VERSION = 1;
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export type Bytes = string | Uint8Array;

/**
 * HMAC-SHA-256, 64 hex characters. Each part is preceded by its length, so that ("ab", "c") and ("a", "bc")
 * differ.
 */
export const hmacHex = (key: Bytes, ...parts: readonly Bytes[]): string => {
  const mac = createHmac("sha256", key);
  const length = Buffer.allocUnsafe(4);
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    length.writeUInt32BE(bytes.length);
    mac.update(length).update(bytes);
  }
  return mac.digest("hex");
};

export const sha256 = (...parts: readonly Bytes[]): Buffer => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest();
};

/** One call into native code for one part, which is the hot path's case. */
export const sha256Hex = (...parts: readonly Bytes[]): string =>
  parts.length === 1 && parts[0] !== undefined ? hash("sha256", parts[0], "hex") : sha256(...parts).toString("hex");

// Random bytes for many nonces at once: each call for them costs more than sealing a short text.
const nonces = { bytes: new Uint8Array(256 * NONCE_BYTES), at: 256 * NONCE_BYTES };
const nextNonce = (): Uint8Array => {
  if (nonces.at === nonces.bytes.length) {
    randomFillSync(nonces.bytes);
    nonces.at = 0;
  }
  return nonces.bytes.slice(nonces.at, (nonces.at += NONCE_BYTES));
};

/** AES-256-GCM: version byte, 12-byte random nonce, ciphertext, 16-byte tag. `aad` binds it to its place. */
export const seal = (key: Uint8Array, plaintext: Bytes, aad: Bytes): Buffer => {
  const nonce = nextNonce();
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(aad));
  const text = cipher.update(typeof plaintext === "string" ? Buffer.from(plaintext) : plaintext);
  return Buffer.concat([Buffer.of(SEAL_VERSION), nonce, text, cipher.final(), cipher.getAuthTag()]);
};

/** The plaintext, or undefined when key, `aad` or bytes are not those that were sealed. */
export const open = (key: Uint8Array, sealed: Uint8Array, aad: Bytes): Buffer | undefined => {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== SEAL_VERSION) return undefined;
  const tagAt = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1, 1 + NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(aad));
  decipher.setAuthTag(bytes.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, tagAt)), decipher.final()]);
  } catch {
    return undefined;
  }
};

/** HKDF-SHA-256 (RFC 5869): an independent 32-byte key per label. */
export const deriveKey = (master: Uint8Array, label: string): Buffer =>
  Buffer.from(hkdfSync("sha256", master, Buffer.alloc(0), `parapet/${label}`, 32));

/** `prefix` and `bytes` × 8 bits of randomness in base62 (unbiased, rounded up to whole characters). */
export const randomToken = (prefix: string, bytes: number): string => {
  const length = Math.ceil((bytes * 8) / Math.log2(BASE62.length));
  let token = prefix;
  while (token.length < prefix.length + length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62: bytes above it would favour the first characters.
      if (byte < 248 && token.length < prefix.length + length) token += BASE62.charAt(byte % 62);
    }
  }
  return token;
};

/** Compares without revealing by time how much agrees, nor the lengths. */
export const constantTimeEqual = (left: Bytes, right: Bytes): boolean => timingSafeEqual(sha256(left), sha256(right));
