import { Fault } from "#platform";

/** Why a body could not be read, in words for whoever sent it. */
export type BodyFault = {
  readonly ok: false;
  readonly code: "bad_request" | "unknown_endpoint" | "bad_json" | "duplicate_key" | "invalid_utf8" | "too_deep";
  readonly message: string;
  /** What the answer names to say which request it answers, as JSON text. */
  readonly replyTo?: string;
};

export type DecodedBody<T> = { readonly ok: true; readonly value: T } | BodyFault;

/** A body that is refused, with what its answer has to name. */
export class BodyRefused extends Fault {
  readonly replyTo: string | undefined;

  constructor({ code, message, replyTo }: BodyFault) {
    super(code, { message });
    this.replyTo = replyTo;
  }
}
