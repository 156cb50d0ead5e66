import type { Verdict } from "@parapet/model";
import type { mcp } from "#protocols";

/** What can be said to whoever sent a request, while it runs or beside it. */
export interface Client {
  readonly era: mcp.Era;
  /** Whether it said that it can do this for servers: `sampling`, `elicitation`, `roots`. */
  readonly can: (capability: string) => boolean;
  /** Dropped where nobody listens. */
  readonly notify: (method: string, params: Buffer | undefined) => void;
  /** Throws a fault where it cannot be asked, or does not answer. */
  readonly ask: (method: string, params: Buffer | undefined) => Promise<mcp.RpcAnswer>;
}

/** What a request is answered with, and the exchange that it was, for headers. */
export interface Served {
  readonly member: "result" | "error";
  /** JSON text. */
  readonly value: Buffer | string;
  readonly exchange?: string;
  readonly verdict?: Verdict;
}
