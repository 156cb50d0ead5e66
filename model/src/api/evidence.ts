import { z } from "zod";
import { Timestamp } from "../identifiers.ts";

/** `GET /api/v1/evidence` */
export const EvidenceStatus = z.object({
  origin: z.string(),
  size: z.int(),
  root: z.string(),
  checkpoint: z.string().describe("Signed note; keep copies elsewhere"),
  checkpointAt: Timestamp.optional(),
  verifierKey: z.string().describe("C2SP vkey line"),
  spoolLag: z.int(),
});
export type EvidenceStatus = Readonly<z.infer<typeof EvidenceStatus>>;

/** `GET /api/v1/evidence/{index}/proof`: inclusion proof of a leaf under the current checkpoint. */
export const InclusionProof = z.object({
  index: z.int(),
  size: z.int(),
  leafHash: z.string(),
  leaf: z.string().describe("RFC 8785 JSON of the leaf"),
  hashes: z.array(z.string()).describe("Audit path, base64, leaf to root (RFC 6962 §2.1.1)"),
  root: z.string(),
  checkpoint: z.string(),
  tlogProof: z.string().describe("c2sp.org/tlog-proof@v1 file"),
});
export type InclusionProof = Readonly<z.infer<typeof InclusionProof>>;

/** `POST /api/v1/evidence/verify` (body empty): the whole log, by the verifier that shares no code with the writer. */
export const VerifyResult = z.object({
  ok: z.boolean(),
  size: z.int(),
  root: z.string(),
  checkpointAt: Timestamp.optional(),
  problems: z.array(z.object({ index: z.int().optional(), where: z.string(), message: z.string() })),
  notes: z.array(z.string()).describe("What this verification cannot exclude"),
});
export type VerifyResult = Readonly<z.infer<typeof VerifyResult>>;

/** `POST /api/v1/subjects/erase`: destroys a person's key; texts and HMACs become unreadable, the log still verifies. */
export const SubjectErase = z.strictObject({ subject: z.string().min(1).max(200) });
export const SubjectErased = z.object({ subject: z.string(), erasedAt: Timestamp, exchanges: z.int() });
