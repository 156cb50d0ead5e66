import type { RouteConfiguration } from "@parapet/model";
import { createHttpUpstream } from "#gateway";
import { createKeySet, systemClock, toFault } from "#platform";
import { checkSignatures, type SignatureState } from "./card-signature.ts";
import { readAgentCard, settingsOf } from "./read-agent-card.ts";

/** What a look at the agent behind a route shows, for people. */
export type AgentLook =
  | {
      readonly ok: true;
      readonly name: string;
      /** Bindings that callers reach through the route. */
      readonly bindings: readonly string[];
      readonly signature: SignatureState;
    }
  | { readonly ok: false; readonly why: string };

/** Reads an agent's card once, and keeps nothing. */
export const lookAtAgent = async (route: RouteConfiguration, credential: string | undefined): Promise<AgentLook> => {
  const upstream = createHttpUpstream(route);
  const { keys: source } = settingsOf(route);
  const keys = source === undefined ? undefined : createKeySet(source, systemClock);
  try {
    const card = await readAgentCard(upstream, route, credential);
    const bindings = [
      ...(card.rpcPath === undefined ? [] : ["JSON-RPC"]),
      ...(card.restPath === undefined ? [] : ["HTTP+JSON"]),
    ];
    return { ok: true, name: card.name, bindings, signature: await checkSignatures(card, keys) };
  } catch (error) {
    const fault = toFault(error);
    return { ok: false, why: fault.detail || fault.message };
  } finally {
    await Promise.all([upstream.close(), keys?.close()]);
  }
};
