import type { InclusionProof } from "@parapet/model/api";
import { decodeBase64, openCheckpoint, parseVerifierKey, type VerifierKey } from "./note.ts";
import { checkConsistency, checkInclusion, hashEntry } from "./tree.ts";

export type ProofResult =
  | { readonly ok: true; readonly index: number; readonly size: number; readonly origin: string }
  | { readonly ok: false; readonly reason: string };

/** A path in a tree of 2^53 entries is not longer. */
const PATH_MAX = 64;

const refuse = (reason: string): ProofResult => ({ ok: false, reason });

const decodeHashes = (hashes: readonly string[]): readonly Buffer[] | undefined => {
  if (hashes.length > PATH_MAX) return undefined;
  const decoded = hashes.flatMap((hash) => decodeBase64(hash) ?? []);
  return decoded.length === hashes.length && decoded.every(({ length }) => length === 32) ? decoded : undefined;
};

const parseKeys = (vkeys: readonly string[]): readonly VerifierKey[] =>
  vkeys.flatMap((vkey) => parseVerifierKey(vkey.trim()) ?? []);

const check = (
  leaf: Uint8Array,
  index: number,
  hashes: readonly string[],
  note: string,
  vkeys: readonly string[],
): ProofResult => {
  const keys = parseKeys(vkeys);
  if (keys.length === 0) return refuse("no usable verifier key was given");
  const checkpoint = openCheckpoint(note, keys);
  if (typeof checkpoint === "string") return refuse(`checkpoint: ${checkpoint}`);
  if (checkpoint.fault !== undefined) return refuse(`checkpoint: ${checkpoint.fault}`);
  const path = decodeHashes(hashes);
  if (path === undefined) return refuse("the proof's hashes are malformed");
  const { origin, size, root } = checkpoint;
  if (!checkInclusion(index, size, hashEntry(leaf), path, root)) {
    return refuse(`the proof does not lead from this record at ${index} to the signed root of ${size} entries`);
  }
  return { ok: true, index, size, origin };
};

/** Verifies a `c2sp.org/tlog-proof@v1` text for `leaf`, the record's exact bytes, with the log's vkeys. */
export const verifyTlogProof = (text: string, leaf: Uint8Array, vkeys: readonly string[]): ProofResult => {
  const end = text.indexOf("\n\n");
  if (end < 0) return refuse("it is not a proof: no checkpoint in it");
  const [header, ...lines] = text.slice(0, end).split("\n");
  if (header !== "c2sp.org/tlog-proof@v1") return refuse("it is not a c2sp.org/tlog-proof@v1");
  if (lines[0]?.startsWith("extra ") === true) lines.shift();
  const [, digits] = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "") ?? [];
  if (digits === undefined) return refuse("the proof names no index");
  return check(leaf, Number(digits), lines, text.slice(end + 2), vkeys);
};

/** Verifies the API's form of a proof and that its restated fields agree with the signed ones. */
export const verifyInclusion = (proof: InclusionProof, vkeys: readonly string[]): ProofResult => {
  const leaf = Buffer.from(proof.leaf);
  const result = check(leaf, proof.index, proof.hashes, proof.checkpoint, vkeys);
  if (!result.ok) return result;
  if (proof.leafHash !== hashEntry(leaf).toString("base64")) return refuse("leafHash is not the hash of the leaf");
  const signed = proof.checkpoint.split("\n", 3);
  if (proof.size !== result.size || proof.root !== signed[2])
    return refuse("size or root are not those of the checkpoint");
  return result;
};

/** Verifies that the log of checkpoint `newer` extends the one of checkpoint `older`; `hashes` in base64. */
export const verifyConsistency = (
  older: string,
  newer: string,
  hashes: readonly string[],
  vkeys: readonly string[],
): ProofResult => {
  const keys = parseKeys(vkeys);
  if (keys.length === 0) return refuse("no usable verifier key was given");
  const [before, after] = [openCheckpoint(older, keys), openCheckpoint(newer, keys)];
  if (typeof before === "string" || typeof after === "string") return refuse("one of the two is not a checkpoint");
  const fault = before.fault ?? after.fault;
  if (fault !== undefined) return refuse(`checkpoint: ${fault}`);
  if (before.origin !== after.origin) return refuse("the two checkpoints are of different logs");
  const path = decodeHashes(hashes);
  if (path === undefined) return refuse("the proof's hashes are malformed");
  if (!checkConsistency(before.size, before.root, after.size, after.root, path)) {
    return refuse("the newer log does not extend the older one");
  }
  return { ok: true, index: before.size, size: after.size, origin: after.origin };
};
