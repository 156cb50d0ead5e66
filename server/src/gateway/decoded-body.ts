/** Why a body could not be read, in words for whoever sent it. */
export type BodyFault = {
  readonly ok: false;
  readonly code: "bad_request" | "unknown_endpoint" | "bad_json" | "duplicate_key" | "invalid_utf8" | "too_deep";
  readonly message: string;
};

export type DecodedBody<T> = { readonly ok: true; readonly value: T } | BodyFault;
