import type { ExchangeOrigin } from "@parapet/model";
import { canonicalText } from "#ledger";
import { hmacHex } from "#platform";

type Caller = Pick<ExchangeOrigin, "tenant" | "key" | "session" | "agent" | "user" | "route">;

const callerOf = ({ tenant, key = "", session, agent = "", user = "" }: Caller): readonly string[] => [
  tenant,
  key,
  session,
  agent,
  user,
];

/** What an approval of a call is bound to. */
export const callDigest = (
  key: Buffer,
  caller: Caller,
  call: { readonly server: string; readonly tool: string; readonly arguments: string },
  policyVersion: string,
): string =>
  hmacHex(
    key,
    "approval/call",
    ...callerOf(caller),
    call.server,
    call.tool,
    canonicalText(call.arguments),
    policyVersion,
  );

/** What an approval of a request or response is bound to: `content` is its body's digest, or its texts. */
export const contentDigest = (
  key: Buffer,
  caller: Caller,
  what: "request" | "response",
  content: readonly string[],
  policyVersion: string,
): string => hmacHex(key, `approval/${what}`, ...callerOf(caller), caller.route, policyVersion, ...content);

/** By which the same request is known again. `bodyHash`: of the body as it came. */
export const requestDigest = (
  key: Buffer,
  caller: Caller & Pick<ExchangeOrigin, "endpoint">,
  bodyHash: string,
): string => hmacHex(key, "approval/asked", ...callerOf(caller), caller.route, caller.endpoint, bodyHash);
