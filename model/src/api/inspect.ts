import { z } from "zod";
import { Match } from "../match.ts";
import { Provenance } from "../provenance.ts";
import { ReceiptEntry } from "../receipt.ts";
import { Action } from "../verdict.ts";

/** `POST /api/v1/inspect` */
export const InspectRequest = z.strictObject({
  segments: z
    .array(z.strictObject({ text: z.string().max(1_000_000), provenance: Provenance.default("user") }))
    .min(1)
    .max(256),
  route: z.string().optional(),
});
export type InspectRequest = z.infer<typeof InspectRequest>;
export const InspectResponse = z.object({
  verdict: Action,
  policy: z.string().optional(),
  matches: z.array(Match),
  receipt: z.array(ReceiptEntry),
});
export type InspectResponse = Readonly<z.infer<typeof InspectResponse>>;
