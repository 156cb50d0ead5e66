import type { InclusionProof } from "@parapet/model/api";
import { areEqual, fromBase64, toHex, utf8, type Bytes } from "./bytes.ts";
import { leafHash, rootFromPath } from "./merkle.ts";
import { checkSignature, parseCheckpoint, parseNote, parseVerifierKey, type SignatureOutcome } from "./note.ts";

/** One step of the verification, as shown. */
export interface ProofStep {
  readonly title: string;
  readonly ok: boolean;
  readonly detail: string;
}

const short = (bytes: Bytes | undefined): string =>
  bytes === undefined ? "nothing readable" : `${toHex(bytes).slice(0, 16)}…`;

const signatureSentences: Readonly<Record<SignatureOutcome, string>> = {
  valid: "Ed25519 signature is valid",
  invalid: "the signature does not belong to this checkpoint",
  "no-signature-by-this-key": "the checkpoint bears no signature by this key",
  "unsupported-key": "the key is not an Ed25519 key, which this page cannot check",
  "unsupported-browser": "this browser has no Ed25519 in WebCrypto; use `npx parapet evidence verify`",
};

const exchangeOfLeaf = (leaf: string): string => {
  try {
    const value: unknown = JSON.parse(leaf);
    if (typeof value !== "object" || value === null || !("exchange" in value)) return "";
    return typeof value.exchange === "string" ? value.exchange : "";
  } catch {
    return "";
  }
};

const signatureStep = async (checkpoint: string, verifierKey: string): Promise<ProofStep> => {
  const title = "The checkpoint is signed by the log's key";
  const note = parseNote(checkpoint);
  const key = await parseVerifierKey(verifierKey);
  if (note === undefined) return { title, ok: false, detail: "the checkpoint is not a signed note" };
  if (key === undefined) return { title, ok: false, detail: "the verifier key is malformed or its id is not its own" };
  const outcome = await checkSignature(note, key);
  return {
    title,
    ok: outcome === "valid",
    detail: `${signatureSentences[outcome]} (${key.name}, key ${toHex(key.keyId)})`,
  };
};

/**
 * Verifies in the browser that a leaf is in the log: nothing the server says about the outcome is
 * used, only the leaf's bytes, the path, the checkpoint and the key. Steps come in order, all of them.
 */
export const verifyInclusion = async (
  proof: InclusionProof,
  expected: { readonly exchange: string; readonly leafHash: string; readonly verifierKey: string },
): Promise<readonly ProofStep[]> => {
  const hash = await leafHash(utf8(proof.leaf));
  const claimed = fromBase64(proof.leafHash);
  const shown = fromBase64(expected.leafHash);
  const path = proof.hashes.map(fromBase64);
  const whole = path.every((node): node is Bytes => node !== undefined && node.length === 32);
  const root = whole ? await rootFromPath(proof.index, proof.size, hash, path) : undefined;
  const note = parseNote(proof.checkpoint);
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
  const sameHash = claimed !== undefined && areEqual(hash, claimed) && shown !== undefined && areEqual(hash, shown);
  const sameRoot =
    root !== undefined && checkpoint !== undefined && checkpoint.size === proof.size && areEqual(root, checkpoint.root);
  const about = exchangeOfLeaf(proof.leaf);
  return [
    {
      title: "The leaf speaks of this exchange",
      ok: about === expected.exchange,
      detail: about === expected.exchange ? about : `it names “${about}”`,
    },
    {
      title: "The leaf hashes to the leaf hash shown",
      ok: sameHash,
      detail: `SHA-256(0x00 ‖ ${utf8(proof.leaf).length} bytes) = ${short(hash)}`,
    },
    {
      title: "The audit path leads to the checkpoint’s root",
      ok: sameRoot,
      detail: `leaf ${proof.index} of ${proof.size}, ${proof.hashes.length} hashes, computed ${short(root)}, checkpoint ${short(checkpoint?.root)}`,
    },
    await signatureStep(proof.checkpoint, expected.verifierKey),
  ];
};
