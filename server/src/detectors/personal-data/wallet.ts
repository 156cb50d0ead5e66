import { createHash } from "node:crypto";
import { keccak256 } from "./keccak.ts";

export const WALLET =
  /0x[0-9a-fA-F]{40}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71}/;

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

const isBase58Check = (text: string): boolean => {
  let number = 0n;
  for (const character of text) number = number * 58n + BigInt(BASE58.indexOf(character));
  const bytes = Buffer.from(number.toString(16).padStart(50, "0").slice(-50), "hex");
  return sha256(sha256(bytes.subarray(0, 21)))
    .subarray(0, 4)
    .equals(bytes.subarray(21));
};

/** BIP 173 and BIP 350. */
const isBech32 = (text: string): boolean => {
  const values = [3, 3, 0, 2, 3, ...Array.from(text.toLowerCase().slice(3), (character) => BECH32.indexOf(character))];
  let state = 1;
  for (const value of values) {
    const top = state >>> 25;
    state = ((state & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of GENERATORS.entries()) if (((top >>> bit) & 1) === 1) state ^= generator;
  }
  return state === 1 || state === 0x2bc830a3;
};

/** EIP-55: the case of the letters is the checksum. */
const isEthereum = (text: string): boolean => {
  const body = text.slice(2);
  const hash = keccak256(body.toLowerCase());
  return Array.from(body).every((character, index) =>
    /\d/.test(character)
      ? true
      : Number.parseInt(hash[index] ?? "0", 16) >= 8 === (character === character.toUpperCase()),
  );
};

export const isWallet = (text: string): boolean => {
  if (text.startsWith("0x")) return isEthereum(text);
  return /^bc1/i.test(text) ? isBech32(text) : isBase58Check(text);
};
