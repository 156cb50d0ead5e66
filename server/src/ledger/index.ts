/**
 * The transparency log of decisions: spool records become leaves, leaves a signed C2SP tlog.
 *
 * Must not: put personal data into a leaf in clear, sign a history that does not continue what was signed
 * before, or let `verify/` use the writer's code (a shared mistake would verify itself).
 * Invariant: whatever a published checkpoint covers can be proven with the public key alone.
 */
export {
  createLedger,
  LedgerForked,
  type ConsistencyProof,
  type Ledger,
  type LedgerOptions,
  type SignedCheckpoint,
} from "./ledger.ts";
export { canonical, canonicalText } from "./canonical-json.ts";
export { LEAF_BYTES_MAX, subjectOf, subjectOfEvent, toLeaf, type Leaf, type SubjectHasher } from "./leaf.ts";
export { loadOrCreateSigner, loadSigner } from "./signer-file.ts";
export type { Signer } from "./signed-note.ts";
export { exportLedger, type ExportOptions, type ExportResult } from "./export.ts";
export { verifyLog, type VerifyOptions } from "./verify/verify-log.ts";
export { verifyConsistency, verifyInclusion, verifyTlogProof, type ProofResult } from "./verify/verify-proof.ts";
