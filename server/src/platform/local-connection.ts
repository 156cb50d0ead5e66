import { duplexPair, type Duplex } from "node:stream";

export interface LocalConnectionOptions {
  /** Whose connection it is said to be. */
  readonly remoteAddress: string | undefined;
  /** As of a socket: calls `listener` after so many milliseconds without traffic; 0 stops that. */
  readonly setTimeout: (ms: number, listener?: () => void) => void;
}

/** A connection within the process. `far` is what an HTTP server takes for a socket, once it is told of it. */
export const localConnection = (options: LocalConnectionOptions): { readonly near: Duplex; readonly far: Duplex } => {
  const [near, far] = duplexPair();
  // The server asks its sockets for these.
  Reflect.defineProperty(far, "remoteAddress", { value: options.remoteAddress });
  Reflect.defineProperty(far, "setTimeout", {
    value: (ms: number, listener?: () => void) => {
      options.setTimeout(ms, listener);
      return far;
    },
  });
  far.on("error", () => undefined);
  return { near, far };
};

/** Of one connection, and no business of the next. */
export const HOP_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);
