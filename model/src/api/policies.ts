import { z } from "zod";
import { Mode } from "../configuration.ts";
import { Diagnostic, PolicyInfo } from "../policy.ts";

/** `GET /api/v1/policies` */
export const PoliciesResponse = z.object({
  version: z.string(),
  policies: z.array(PolicyInfo),
  diagnostics: z.array(Diagnostic).describe("Problems of the newest files; when errors, the old set is still in force"),
  loadedAt: z.string(),
  routes: z.array(z.object({ id: z.string(), path: z.string(), mode: Mode, configuredMode: Mode })),
});
export type PoliciesResponse = Readonly<z.infer<typeof PoliciesResponse>>;

/** `POST /api/v1/policies/check`: diagnostics for a text that is not saved. */
export const PolicyCheck = z.strictObject({ text: z.string().max(200_000) });
export const PolicyCheckResult = z.object({ diagnostics: z.array(Diagnostic), policies: z.array(PolicyInfo) });

/** `POST /api/v1/policies/test`: runs the cases of the policies in force. */
export const PolicyCaseResult = z.object({
  policy: z.string(),
  name: z.string(),
  file: z.string(),
  passed: z.boolean(),
  expected: z.string(),
  actual: z.string(),
});
export type PolicyCaseResult = Readonly<z.infer<typeof PolicyCaseResult>>;
export const PolicyTestResult = z.object({ passed: z.int(), failed: z.int(), cases: z.array(PolicyCaseResult) });

/** `PUT /api/v1/routes/{id}/mode`: a versioned overlay over the file's mode. */
export const RouteModeChange = z.strictObject({ mode: Mode });
/** `GET /api/v1/routes/{id}/mode-preview?mode=&since=`: what the change would have done. */
export const RouteModePreview = z.object({
  exchanges: z.int(),
  wouldChange: z.int(),
  byPolicy: z.array(z.object({ policy: z.string(), count: z.int() })),
});
export type RouteModePreview = Readonly<z.infer<typeof RouteModePreview>>;
