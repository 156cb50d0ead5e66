import type { JsonObject, mcp } from "#protocols";

/** A message that a server sends on its own. */
export type ServerMessage = mcp.RpcRequest | mcp.RpcNotification;

/** A request of ours. */
export interface Ask {
  readonly method: string;
  /** JSON text of its params; undefined where it has none. */
  readonly params: Buffer | undefined;
  /** What `Mcp-Name` and `Mcp-Param-*` say, lower case; sent where the server's revision wants them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Messages that the server sends because of it; where the server does not say so, they go to the link's listener. */
  readonly onMessage?: (message: ServerMessage) => void;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
  /** Whether its answer may take as long as the conversation. */
  readonly lasts?: boolean;
}

/** What a server said of itself when it was opened. */
export interface Hello {
  readonly era: mcp.Era;
  readonly version: string;
  readonly capabilities: JsonObject;
  readonly instructions: string;
}

/** A conversation with one server. Its failures are faults: `upstream_unreachable`, `_timeout`, `_reset`, `_invalid`. */
export interface Link {
  readonly hello: Hello;
  readonly ask: (ask: Ask) => Promise<mcp.RpcAnswer>;
  readonly notify: (method: string, params: Buffer | undefined) => Promise<void>;
  /** Answers a request of the server. */
  readonly reply: (to: mcp.RpcRequest, member: "result" | "error", value: Buffer) => Promise<void>;
  readonly isOpen: () => boolean;
  readonly close: () => Promise<void>;
}

export interface LinkListener {
  readonly onMessage: (message: ServerMessage) => void;
  readonly onClosed: (reason: string) => void;
}

/** How a conversation is opened. */
export interface LinkOptions {
  /** What the client of this conversation can do for a server. */
  readonly capabilities: JsonObject;
  readonly listener: LinkListener;
}

export type OpenLink = (options: LinkOptions) => Promise<Link>;

export const CLIENT_INFO = { name: "parapet", version: "1" } as const;

/** Largest message of a server, and deepest. */
export interface LinkBounds {
  readonly messageBytesMax: number;
  readonly depthMax: number;
  /** Longest wait for an answer. */
  readonly answerMs: number;
}
