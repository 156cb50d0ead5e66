import { z } from "zod";

/** Every error of the management API (RFC 9457, `application/problem+json`). */
export const Problem = z.object({
  type: z.string().default("about:blank"),
  title: z.string(),
  status: z.int(),
  code: z.string().describe("Stable name of the error"),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = Readonly<z.infer<typeof Problem>>;
