import { EvidenceStatus, InclusionProof, SubjectErase, SubjectErased, VerifyResult } from "@parapet/model/api";
import { Fault, toTimestamp } from "#platform";
import { endpoint } from "./endpoint.ts";

export const evidenceEndpoints = [
  endpoint({
    method: "get",
    path: "/evidence",
    summary: "Size, root, checkpoint and verifier key of the ledger",
    role: "viewer",
    answer: EvidenceStatus,
    handle: async ({ tools }) => ({ ...(await tools.ledger.status()), spoolLag: tools.spool.status().pending }),
  }),
  endpoint({
    method: "get",
    path: "/evidence/{index}/proof",
    summary: "Inclusion proof of one leaf under the newest checkpoint",
    role: "viewer",
    answer: InclusionProof,
    handle: async ({ tools, params }) => {
      const index = Number(params["index"]);
      if (!Number.isSafeInteger(index) || index < 0)
        throw new Fault("bad_request", { message: "index is a whole number" });
      const proof = await tools.ledger.prove(index);
      if (proof === undefined)
        throw new Fault("not_found", {
          message: "No checkpoint covers this entry yet; one is signed every few seconds.",
        });
      return proof;
    },
  }),
  endpoint({
    method: "post",
    path: "/evidence/verify",
    summary: "Verify the whole log with the verifier that shares no code with the writer",
    role: "viewer",
    answer: VerifyResult,
    audit: "evidence.verified",
    handle: async ({ tools, note }) => {
      const result = await tools.verifyLedger();
      note("ledger", { ok: result.ok, size: result.size });
      return result;
    },
  }),
  endpoint({
    method: "post",
    path: "/subjects/erase",
    summary: "Destroy a person's key: captured text and identities become unreadable, the log still verifies",
    role: "administrator",
    body: SubjectErase,
    answer: SubjectErased,
    audit: "subject.erased",
    handle: async ({ tools, tenant, body, note }) => {
      const { existed, exchanges } = await tools.eraseSubject(tenant, body.subject);
      if (!existed) throw new Fault("not_found", { message: "Nothing is kept under this subject." });
      note("subject", { exchanges });
      return { subject: body.subject, erasedAt: toTimestamp(tools.clock.now()), exchanges };
    },
  }),
];
