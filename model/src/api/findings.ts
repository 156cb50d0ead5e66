import { z } from "zod";
import { Finding, FindingStatus } from "../finding.ts";
import { Severity } from "../severity.ts";
import { PageQuery, Since, page } from "./page.ts";

export const FindingsQuery = PageQuery.extend({
  status: FindingStatus.optional(),
  severity: Severity.optional(),
  rule: z.string().optional(),
  since: Since.optional(),
});
export type FindingsQuery = z.infer<typeof FindingsQuery>;
export const FindingsPage = page(Finding);
export type FindingsPage = z.infer<typeof FindingsPage>;

/** `PATCH /api/v1/findings/{id}` */
export const FindingChange = z.strictObject({
  status: FindingStatus.optional(),
  owner: z.string().max(80).optional(),
  comment: z.string().max(2_000).optional(),
});
export type FindingChange = Readonly<z.infer<typeof FindingChange>>;
