import { Problem } from "@parapet/model/api";

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** Carries a problem through TanStack Query, which knows failure only as something thrown. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

const made = (code: string, title: string, detail: string, status = 0): Problem => ({
  type: "about:blank",
  title,
  status,
  code,
  detail,
});

export const unreachable = (cause: unknown): Problem =>
  made("unreachable", "Parapet does not answer", cause instanceof Error ? cause.message : "The connection failed.");

export const unexpected = (path: string, detail: string, status: number): Problem =>
  made("unexpected_answer", "The answer was not what this console understands", `${path}: ${detail}`, status);

/** The server's own problem when the body holds one, otherwise one made from the status. */
export const problemOf = (body: unknown, status: number, path: string): Problem => {
  const parsed = Problem.safeParse(body);
  return parsed.success ? parsed.data : made("http_error", `The server answered ${status}`, path, status);
};

export const problemFrom = (error: unknown): Problem =>
  error instanceof ProblemError ? error.problem : unreachable(error);
