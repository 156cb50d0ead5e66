import { z } from "zod";

/** Who could have written a segment. The protocol decides it, never the text. */
export const PROVENANCES = [
  "system",
  "developer",
  "user",
  "document",
  "tool-description",
  "tool-arguments",
  "tool-result",
  "model",
] as const;
export const Provenance = z.enum(PROVENANCES);
export type Provenance = z.infer<typeof Provenance>;

/** Provenances whose author is neither the operator nor the authenticated user. */
export const UNTRUSTED_PROVENANCES: ReadonlySet<Provenance> = new Set(["document", "tool-description", "tool-result"]);
