import type { Problem } from "@parapet/model/api";
import { toFault, type Logger } from "#platform";
import { ZodError } from "zod";

/** Any failure as RFC 9457 `application/problem+json`. */
export const toProblem = (error: unknown, logger: Logger): Problem => {
  if (error instanceof ZodError) {
    const errors = error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    return { type: "about:blank", title: "The request is not valid.", status: 400, code: "bad_request", errors };
  }
  const fault = toFault(error);
  if (fault.code === "internal") logger.error({ error }, "the API failed");
  return { type: "about:blank", title: fault.message, status: fault.status, code: fault.code };
};

export const problemResponse = (problem: Problem): Response =>
  new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
  });
