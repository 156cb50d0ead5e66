import { z } from "zod";
import { Finding, FindingException, FindingStatus, RuleRecord } from "../finding.ts";
import { Timestamp } from "../identifiers.ts";
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

/** `GET /api/v1/findings/queue`: what one person can look at, highest score first; the rest is only counted. */
export const FindingsQueue = z.object({
  budget: z.int().describe("Most findings that are put before one person at once (`findings.queue`)"),
  items: z.array(Finding),
  below: z.int().describe("Open findings beyond the budget"),
  newToday: z.int().describe("Findings that began in the last 24 hours, without those that exceptions accepted"),
});
export type FindingsQueue = z.infer<typeof FindingsQueue>;

/** `PATCH /api/v1/findings/{id}` */
export const FindingChange = z
  .strictObject({
    status: FindingStatus.optional(),
    acceptedUntil: Timestamp.optional().describe("Needed with status `accepted`, at most a year ahead"),
    owner: z.string().max(80).optional(),
    comment: z.string().max(2_000).optional(),
  })
  .refine(({ status, acceptedUntil }) => (status === "accepted") === (acceptedUntil !== undefined), {
    message: "status accepted and acceptedUntil come together",
    path: ["acceptedUntil"],
  });
export type FindingChange = Readonly<z.infer<typeof FindingChange>>;

export const ExceptionsList = z.object({ items: z.array(FindingException) });
export type ExceptionsList = z.infer<typeof ExceptionsList>;

/** `POST /api/v1/exceptions` */
export const NewException = z.strictObject({
  rule: z.string().min(1).max(200),
  where: z.record(z.string().min(1).max(200), z.string().max(500)).refine((where) => Object.keys(where).length <= 10, {
    message: "at most 10 fields",
  }),
  reason: z.string().trim().min(3).max(2_000),
  owner: z.string().max(80).optional().describe("Left out: who makes it"),
  days: z.int().min(1).max(365).default(30),
});
export type NewException = z.infer<typeof NewException>;

export const RuleRecordsQuery = z.object({ days: z.coerce.number().int().min(1).max(365).default(30) });
/** `GET /api/v1/findings/rules` */
export const RuleRecords = z.object({ days: z.int(), items: z.array(RuleRecord) });
export type RuleRecords = z.infer<typeof RuleRecords>;
