import { z } from "zod";
import { Action } from "./verdict.ts";
import { Severity } from "./severity.ts";

/** A problem in a file that a person wrote, with the place and the fix. */
export const Diagnostic = z.object({
  level: z.enum(["error", "warning"]),
  file: z.string(),
  line: z.int().positive().optional(),
  column: z.int().positive().optional(),
  message: z.string(),
  fix: z.string().optional(),
});
export type Diagnostic = Readonly<z.infer<typeof Diagnostic>>;

/** One Cedar policy as the console and `policy list` show it. */
export const PolicyInfo = z.object({
  id: z.string(),
  action: Action,
  severity: Severity,
  message: z.string(),
  description: z.string(),
  file: z.string(),
  line: z.int().positive(),
  text: z.string(),
  cases: z.int().nonnegative(),
});
export type PolicyInfo = Readonly<z.infer<typeof PolicyInfo>>;
