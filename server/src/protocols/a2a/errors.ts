import type { ErrorNotice } from "../protocol.ts";

/** Codes of JSON-RPC 2.0; those of A2A end at -32009, and those below are ours, as on MCP routes. */
const RPC_CODES: Readonly<Record<string, number>> = {
  bad_json: -32_700,
  duplicate_key: -32_700,
  invalid_utf8: -32_700,
  too_deep: -32_700,
  bad_request: -32_602,
  unknown_endpoint: -32_601,
  content_filter: -32_010,
  not_inspected: -32_010,
  approval_required: -32_011,
  upstream_unreachable: -32_012,
  upstream_timeout: -32_012,
  upstream_reset: -32_012,
  overloaded: -32_012,
  upstream_invalid: -32_006,
  upstream_too_large: -32_006,
};
const INTERNAL = -32_603;
const INVALID = -32_600;

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  413: "OUT_OF_RANGE",
  415: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** What callers are told of agents' failures; the table of faults speaks of models. */
const SENTENCES: Readonly<Record<string, string>> = {
  upstream_unreachable: "The agent cannot be reached now.",
  upstream_timeout: "The agent did not answer in time.",
  upstream_reset: "The agent broke off its answer.",
  upstream_invalid: "The agent sent something that cannot be read.",
  upstream_too_large: "The agent sent more than this gateway accepts.",
};

const infoOf = (code: string): readonly unknown[] => [
  { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: code.toUpperCase(), domain: "parapet" },
];

const rpcCodeOf = ({ status, code }: ErrorNotice): number => RPC_CODES[code] ?? (status >= 500 ? INTERNAL : INVALID);

/** Value of the member `error`, in the JSON-RPC binding. */
export const rpcError = (notice: ErrorNotice) => ({
  code: rpcCodeOf(notice),
  message: SENTENCES[notice.code] ?? notice.message,
  data: infoOf(notice.code),
});

/** The same in the HTTP binding, as google.rpc.Status. */
export const restError = ({ status, code, message }: ErrorNotice) => ({
  code: status,
  status: STATUS_NAMES[status] ?? "UNKNOWN",
  message: SENTENCES[code] ?? message,
  details: infoOf(code),
});

/** The route itself is the address of the JSON-RPC binding; below it stands the other. */
const isRpc = (path: string | undefined): boolean => path === undefined || path === "/";

/** Body of an error, in the binding that was asked. */
export const errorBody = (notice: ErrorNotice): string =>
  isRpc(notice.path)
    ? `{"jsonrpc":"2.0","id":${notice.replyTo ?? "null"},"error":${JSON.stringify(rpcError(notice))}}`
    : JSON.stringify({ error: restError(notice) });
