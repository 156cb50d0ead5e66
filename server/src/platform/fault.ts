/** Who has to act when something went wrong. */
export type FaultParty = "caller" | "operator" | "upstream" | "internal";

interface FaultKind {
  readonly status: number;
  readonly party: FaultParty;
  /** The public sentence. Says nothing of the inside. */
  readonly message: string;
}

/**
 * The one table: code → status → who is at fault → public sentence. Policy refusals are 400 and 403,
 * never 408, 409, 429 or 5xx, because official SDKs retry those.
 */
export const FAULTS = {
  bad_json: { status: 400, party: "caller", message: "The body is not valid JSON." },
  duplicate_key: { status: 400, party: "caller", message: "The body has the same key twice in one object." },
  invalid_utf8: { status: 400, party: "caller", message: "The body is not valid UTF-8." },
  too_deep: { status: 400, party: "caller", message: "The body is nested too deeply." },
  bad_request: { status: 400, party: "caller", message: "The request is not valid." },
  bad_host: { status: 421, party: "caller", message: "This host name is not served here." },
  body_too_large: { status: 413, party: "caller", message: "The body is larger than this gateway accepts." },
  unsupported_media_type: { status: 415, party: "caller", message: "Only application/json is accepted here." },
  unsupported_encoding: {
    status: 415,
    party: "caller",
    message: "Compressed or otherwise encoded bodies are not accepted.",
  },
  unknown_endpoint: {
    status: 403,
    party: "caller",
    message: "This endpoint is not one that is inspected, so it is denied.",
  },
  unknown_route: { status: 404, party: "caller", message: "No route is configured at this path." },
  not_found: { status: 404, party: "caller", message: "There is no such thing." },
  conflict: { status: 409, party: "caller", message: "The thing was changed or exists already." },
  unauthorized: { status: 401, party: "caller", message: "A valid credential is needed." },
  forbidden: { status: 403, party: "caller", message: "This credential does not allow that." },
  rate_limited: { status: 429, party: "caller", message: "Too many requests; try again later." },
  content_filter: { status: 400, party: "caller", message: "The content was blocked by policy." },
  approval_required: { status: 403, party: "caller", message: "A person has to approve this first." },
  not_inspected: {
    status: 400,
    party: "operator",
    message: "The content could not be inspected, and this route refuses what was not inspected.",
  },
  evidence_unavailable: {
    status: 503,
    party: "operator",
    message: "The exchange cannot be recorded now, so it is refused.",
  },
  overloaded: { status: 503, party: "operator", message: "The gateway is at its limit; try again later." },
  upstream_unreachable: { status: 502, party: "upstream", message: "The model's server could not be reached." },
  upstream_timeout: { status: 504, party: "upstream", message: "The model's server did not answer in time." },
  upstream_reset: { status: 502, party: "upstream", message: "The model's server broke off its answer." },
  upstream_invalid: {
    status: 502,
    party: "upstream",
    message: "The model's server sent an answer that cannot be read.",
  },
  upstream_too_large: {
    status: 502,
    party: "upstream",
    message: "The model's server sent more than this gateway accepts.",
  },
  internal: { status: 500, party: "internal", message: "Something went wrong here." },
} as const satisfies Record<string, FaultKind>;

export type FaultCode = keyof typeof FAULTS;

export const isFaultCode = (code: string): code is FaultCode => Object.hasOwn(FAULTS, code);

export interface FaultOptions {
  /** For logs and operators only; never leaves the process in an answer. */
  readonly detail?: string;
  /** Replaces the table's public sentence, for cases that need to name a place or a policy. */
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error whose `message` may be shown to the caller and whose `detail` may not. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly status: number;
  readonly party: FaultParty;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: FaultCode, options: FaultOptions = {}) {
    const kind: FaultKind = FAULTS[code];
    super(options.message ?? kind.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = kind.status;
    this.party = kind.party;
    this.detail = options.detail ?? "";
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Any thrown thing as a fault; what is not one already is `internal`, its words kept private. */
export const toFault = (error: unknown): Fault =>
  error instanceof Fault
    ? error
    : new Fault("internal", { detail: error instanceof Error ? error.message : String(error), cause: error });
