import type { Problem } from "@parapet/model/api";
import { Fault, toFault, type Logger } from "#platform";
import { SpoolUnavailable } from "#storage";
import { ZodError } from "zod";

/** Any failure as RFC 9457 `application/problem+json`. */
export const toProblem = (error: unknown, logger: Logger): Problem => {
  if (error instanceof ZodError) {
    const errors = error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    return { type: "about:blank", title: "The request is not valid.", status: 400, code: "bad_request", errors };
  }
  // An audit entry comes before the answer: without it the caller is not told that all is well.
  const fault = error instanceof SpoolUnavailable ? new Fault("evidence_unavailable") : toFault(error);
  if (fault.code === "internal") logger.error({ error }, "the API failed");
  return { type: "about:blank", title: fault.message, status: fault.status, code: fault.code };
};

export const problemResponse = (problem: Problem, retryAfterSeconds?: number): Response =>
  new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(retryAfterSeconds !== undefined && { "retry-after": retryAfterSeconds.toString() }),
    },
  });
