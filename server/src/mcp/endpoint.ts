import type { Mode, RouteConfiguration } from "@parapet/model";
import type { JsonObject, mcp } from "#protocols";
import type { Caller } from "./caller.ts";
import type { Client } from "./client.ts";
import type { Conversation } from "./conversation.ts";
import type { Place } from "./relay.ts";
import type { TokenDoor } from "./token-door.ts";

/** One route of `protocol: mcp`. */
export interface McpEndpoint {
  readonly route: RouteConfiguration;
  readonly mode: () => Mode;
  readonly servers: readonly string[];
  readonly namespace: mcp.Namespace;
  /** Undefined where gateway keys are the only way in. */
  readonly door: TokenDoor | undefined;
  readonly converse: (options: {
    readonly key: string;
    readonly place: Place;
    readonly capabilities: JsonObject;
    readonly beside: Client;
    readonly lasts: () => boolean;
  }) => Conversation;
}

/** Who asks at an endpoint, as records name them. */
export const placeOf = ({ route, mode }: McpEndpoint, caller: Caller, session: string): Place => ({
  route,
  mode,
  caller,
  session,
});

export const SERVER_INFO = { name: "parapet", version: "1" } as const;
