import type { z } from "zod";
import { problemOf, ProblemError, unexpected, unreachable, type Result } from "./problem.ts";

/**
 * The one place that speaks HTTP. The session is a cookie the browser keeps; every change carries the
 * CSRF token that the session answered with. Answers are parsed with the model's schemas.
 */
let csrf = "";
export const setCsrf = (token: string): void => {
  csrf = token;
};

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export const request = async <T>(
  method: Method,
  path: string,
  schema: z.ZodType<T>,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Result<T>> => {
  const headers = new Headers({ accept: "application/json" });
  if (method !== "GET") headers.set("x-parapet-csrf", csrf);
  if (body !== undefined) headers.set("content-type", "application/json");
  let response: Response;
  let text: string;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    text = await response.text();
  } catch (cause) {
    return { ok: false, problem: unreachable(cause) };
  }
  let value: unknown;
  try {
    value = text === "" ? undefined : JSON.parse(text);
  } catch {
    return { ok: false, problem: unexpected(path, "not JSON", response.status) };
  }
  if (!response.ok) return { ok: false, problem: problemOf(value, response.status, path) };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    ok: false,
    problem: unexpected(path, `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`, response.status),
  };
};

/** For queries: the value, or a {@link ProblemError} thrown. */
export const read = async <T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> => {
  const result = await request("GET", path, schema, undefined, signal);
  if (!result.ok) throw new ProblemError(result.problem);
  return result.value;
};

/** `?a=b` of the values that are there. */
export const queryString = (values: Readonly<Record<string, string | number | undefined>>): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
};
