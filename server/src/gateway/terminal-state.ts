import type { ExchangeState } from "@parapet/model";
import type { Fault } from "#platform";

/** How an exchange that met this fault ended. */
export const stateOf = (fault: Fault): ExchangeState => {
  switch (fault.code) {
    case "upstream_unreachable":
      return "upstream_refused";
    case "upstream_timeout":
      return "upstream_timeout";
    case "upstream_reset":
      return "upstream_reset";
    case "upstream_invalid":
    case "upstream_too_large":
      return "upstream_error";
    default:
      return "refused";
  }
};
