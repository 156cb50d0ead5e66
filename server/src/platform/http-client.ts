import { Agent, errors, Pool } from "undici";
import { EgressRefusedError, guardedLookup, guardUrl, type EgressRules, type Resolve } from "./egress-guard.ts";
import { Fault, type FaultCode } from "./fault.ts";

export interface UpstreamPoolOptions extends EgressRules {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Longest silence inside a response body. */
  readonly bodyTimeoutMs: number;
  readonly connections?: number;
  readonly headerBytesMax?: number;
  /** Name resolution; the system's when left out. */
  readonly resolve?: Resolve;
}

const connector = (options: EgressRules & { readonly connectTimeoutMs: number; readonly resolve?: Resolve }) => ({
  lookup: guardedLookup(options, options.resolve),
  timeout: options.connectTimeoutMs,
});

/**
 * A pool for `dispatch` on the hot path. undici sets TCP_NODELAY and follows no redirects; HTTP/1.1 only, so that
 * one exchange is one connection's business. Throws a `Fault` when the origin may not be reached at all.
 */
export const createUpstreamPool = (options: UpstreamPoolOptions): Pool => {
  const guarded = guardUrl(options.origin, options);
  if (!guarded.ok) throw new Fault("internal", { detail: `upstream ${options.origin}: ${guarded.refusal.message}` });
  return new Pool(guarded.url.origin, {
    connections: options.connections ?? 512,
    pipelining: 1,
    allowH2: false,
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    maxHeaderSize: options.headerBytesMax ?? 32 * 1024,
    keepAliveTimeout: 30_000,
    connect: connector(options),
  });
};

/** What an error of undici or of a socket means for the exchange. */
export const upstreamFaultCode = (error: unknown): FaultCode => {
  if (error instanceof EgressRefusedError) return "upstream_unreachable";
  if (error instanceof errors.ConnectTimeoutError) return "upstream_unreachable";
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return "upstream_timeout";
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError)
    return "upstream_invalid";
  if (error instanceof errors.ResponseExceededMaxSizeError) return "upstream_too_large";
  if (error instanceof AggregateError) return "upstream_unreachable";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
    case "EADDRNOTAVAIL":
      return "upstream_unreachable";
    default:
      return typeof code === "string" && /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code)
        ? "upstream_unreachable"
        : "upstream_reset";
  }
};

export interface HttpRequest {
  readonly url: string;
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Largest response read; 1 MiB when left out. */
  readonly responseBytesMax?: number;
  readonly signal?: AbortSignal;
}

export type HttpResult =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
      readonly body: Buffer;
    }
  | { readonly ok: false; readonly code: FaultCode; readonly detail: string };

/** Outbound requests off the hot path: webhooks, sinks, shipping to a monitor. Failures are values. */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResult>;
  close(): Promise<void>;
}

export const createHttpClient = (
  options: EgressRules & { readonly timeoutMs: number; readonly resolve?: Resolve },
): HttpClient => {
  const agent = new Agent({
    allowH2: false,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connect: connector({ ...options, connectTimeoutMs: options.timeoutMs }),
  });
  const request = async (asked: HttpRequest): Promise<HttpResult> => {
    const guarded = guardUrl(asked.url, options);
    if (!guarded.ok) return { ok: false, code: "upstream_unreachable", detail: guarded.refusal.message };
    const limit = asked.responseBytesMax ?? 1024 * 1024;
    // The timers of undici restart with each byte; this one bounds the whole request.
    const whole = AbortSignal.timeout(options.timeoutMs);
    try {
      const response = await agent.request({
        origin: guarded.url.origin,
        path: `${guarded.url.pathname}${guarded.url.search}`,
        method: asked.method ?? "GET",
        signal: asked.signal === undefined ? whole : AbortSignal.any([whole, asked.signal]),
        ...(asked.headers === undefined ? {} : { headers: asked.headers }),
        ...(asked.body === undefined ? {} : { body: asked.body }),
      });
      const chunks: Buffer[] = [];
      let total = 0;
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        total += chunk.length;
        if (total > limit) return { ok: false, code: "upstream_too_large", detail: `more than ${limit} bytes` };
        chunks.push(chunk);
      }
      return { ok: true, status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
    } catch (error) {
      const code = whole.aborted ? "upstream_timeout" : upstreamFaultCode(error);
      return { ok: false, code, detail: error instanceof Error ? error.message : String(error) };
    }
  };
  return { request, close: () => agent.destroy() };
};
