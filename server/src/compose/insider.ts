import type { Authenticator } from "#access";
import type { Insider } from "#ingest";
import { constantTimeEqual, isLoopback, plainAddress } from "#platform";

/** Who may send telemetry without a configured source: from this machine, an administrator or what gateways present. */
export const createInsider =
  (authenticator: Authenticator, shippingCredential: string | undefined): Insider =>
  async ({ socket, headers }) => {
    const authorization = headers.authorization ?? "";
    if (authorization === "" || !isLoopback(plainAddress(socket.remoteAddress ?? ""))) return false;
    if (shippingCredential !== undefined && constantTimeEqual(authorization, `Bearer ${shippingCredential}`))
      return true;
    const check = await authenticator.authenticate({ authorization, mutating: true });
    return check.ok && check.user.role === "administrator";
  };
