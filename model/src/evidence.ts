import { z } from "zod";

/**
 * One leaf of the transparency log: RFC 8785 JSON, under 4 KB, no personal data in clear.
 * Field names follow what AU-3 asks (type, time, place, source, outcome, identities).
 * Values of `subject`-like fields are HMACs under the subject's key: destroying that key erases.
 */
export const EvidenceLeaf = z.object({
  v: z.literal(1),
  id: z.string().describe("Id of the spool record"),
  type: z.string().describe("AU-3 a: `exchange.opened`, `exchange.closed`, `key.created` …"),
  time: z.string().describe("AU-3 b"),
  place: z.object({ node: z.string(), route: z.string(), tenant: z.string() }).describe("AU-3 c"),
  source: z.string().describe("AU-3 d: HMAC of the caller's address"),
  outcome: z
    .object({
      state: z.string(),
      action: z.string(),
      would: z.string(),
      policies: z.array(z.string()),
      policyVersion: z.string(),
    })
    .describe("AU-3 e"),
  identities: z
    .object({
      principal: z.string().describe("HMAC"),
      session: z.string().describe("HMAC"),
      agent: z.string().describe("HMAC or empty"),
      user: z.string().default("").describe("HMAC of the end user's name or empty"),
      key: z.string().describe("Gateway key id or empty"),
      model: z.string().describe("In clear when it looks like a model's name, else `hmac:` and an HMAC"),
    })
    .describe("AU-3 f"),
  target: z
    .string()
    .optional()
    .describe("Audit records: what was acted on; `hmac:` and an HMAC for names of people. Telemetry: the source"),
  exchange: z.string().describe("Empty for audit records and telemetry"),
  counts: z
    .record(z.string(), z.int())
    .describe("Matches per category, unscannable parts, segments; of telemetry: events, texts"),
  digests: z.object({
    segments: z.string().describe("HMAC over the segments' texts"),
    matches: z.string().describe("SHA-256 over the canonical matches, without text"),
    receipt: z.string().describe("SHA-256 over the canonical coverage receipt, in the compact form of the record"),
    details: z
      .string()
      .default("")
      .describe(
        "HMAC over the record's other fields: status, usage, tool calls, audit detail; of telemetry: SHA-256 over one HMAC a line for each event, under its principal's key",
      ),
  }),
});
export type EvidenceLeaf = Readonly<z.infer<typeof EvidenceLeaf>>;

/** Where an exchange stands in the ledger. */
export const EvidenceRef = z.object({
  index: z.int().nonnegative(),
  leafHash: z.string().describe("RFC 6962 leaf hash, base64"),
  checkpoint: z.string().describe("Signed note (C2SP) that covers the leaf; empty until one was signed"),
});
export type EvidenceRef = Readonly<z.infer<typeof EvidenceRef>>;
