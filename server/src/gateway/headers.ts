import type { IncomingHttpHeaders } from "node:http";
import { formType } from "#platform";
import type { Endpoint } from "#protocols";
import { BYTES_TYPE, HEAD_BYTES_HEADER } from "./body-shape.ts";

/** Request headers that reach every upstream, with those of its protocol; everything else stays here. */
const FORWARDED = ["accept", "idempotency-key", "traceparent", "tracestate"];

/** Response headers of any upstream that reach the caller, with those of its protocol. Never Set-Cookie. */
const RETURNED = ["retry-after", "retry-after-ms", "x-request-id", "x-should-retry"];

/** On every gateway answer: a browser that is tricked into opening one must find nothing to run. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
};

/** What nearly every body is, without parameters. */
export const JSON_TYPE = "application/json";

/** Ids, names, counts and media types. What is longer, or has other characters, could be text that nobody inspects. */
const PLAIN_VALUE = /^(?=.{1,256}$)(?:[\w.:/@=*+-]|[,;] ?)+$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/;

const plain = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" && (PLAIN_VALUE.test(value) || HTTP_DATE.test(value)) ? value : undefined;

/** `own`: names of headers that the protocol passes on. */
export const forwardHeaders = (
  incoming: IncomingHttpHeaders,
  body: Buffer | undefined,
  own: readonly string[],
  kind: Endpoint["body"] = "json",
  headBytes?: number,
): Record<string, string> => {
  const headers: Record<string, string> = { "accept-encoding": "identity", "user-agent": "parapet" };
  for (const name of [...FORWARDED, ...own]) {
    const value = plain(incoming[name]);
    if (value !== undefined) headers[name] = value;
  }
  if (body !== undefined) headers["content-type"] = kind === "form" ? formType(body) : JSON_TYPE;
  if (headBytes !== undefined) {
    headers["content-type"] = BYTES_TYPE;
    headers[HEAD_BYTES_HEADER] = headBytes.toString();
  }
  return headers;
};

/** Name of a header that a caller sends with another value than it has here; undefined where there is none. */
export const notFixed = (
  incoming: IncomingHttpHeaders,
  fixed: Readonly<Record<string, string>> = {},
): string | undefined =>
  Object.keys(fixed).find((name) => incoming[name] !== undefined && incoming[name] !== fixed[name]);

/** `own`: names of headers that the protocol passes back. */
export const returnHeaders = (
  upstream: Readonly<Record<string, string | readonly string[] | undefined>>,
  own: readonly string[],
): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const name of [...RETURNED, ...own]) {
    const value = plain(upstream[name]);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
};

/** `application/json` of `application/json; charset=utf-8`, lower case; empty when absent. */
export const mediaType = (header: string | readonly string[] | undefined): string =>
  header === JSON_TYPE
    ? header
    : ((typeof header === "string" ? header : (header?.[0] ?? "")).split(";", 1)[0]?.trim().toLowerCase() ?? "");
