import { z } from "zod";

/** What is kept of texts, always sealed: all, without secrets, personal data and internal names, or digests only. */
export const CAPTURE_MODES = ["full", "redacted", "hash"] as const;
export const CaptureMode = z.enum(CAPTURE_MODES);
export type CaptureMode = z.infer<typeof CaptureMode>;
