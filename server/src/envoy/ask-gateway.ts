import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { answerUpgrade, type Gateway, type UpstreamRequest } from "#gateway";
import { HOP_HEADERS, localConnection } from "#platform";
import { createBridge, type Bridge, type BridgeTimeouts } from "./bridge.ts";
import type { ShownHeader } from "./messages.ts";

/** Says to the gateway's front that a body is not all there. */
const PART_HEADER = "x-envoy-auth-partial-body";
/** Of these a reader keeps the first and another the last. */
const ONCE = /^(?:authorization|content-encoding|content-length|content-type|host|x-parapet-.*)$/;

export interface Question {
  readonly headers: readonly ShownHeader[];
  /** Put before the path that Envoy names. */
  readonly prefix: string;
  /** Gateway key of the asking Envoy; undefined: what the request itself has counts. */
  readonly key: string | undefined;
  /** Whose connection it is. */
  readonly address: string;
  /** Of the body; `part`: what comes is not all of it; undefined: not known yet. */
  readonly bodyBytes: number | "part" | undefined;
  readonly timeouts: BridgeTimeouts;
}

/** A question that is on the gateway's road. */
export interface Asked {
  readonly bridge: Bridge;
  readonly write: (bytes: Buffer) => void;
  readonly end: () => void;
  /** The caller left. */
  readonly abort: () => void;
  /** Rejects when the gateway breaks off without one. */
  readonly answered: Promise<IncomingMessage>;
  /** Which comes first: the gateway lets the request go, or it answers by itself. */
  readonly outcome: Promise<
    | { readonly kind: "goes"; readonly sent: UpstreamRequest }
    | { readonly kind: "answered"; readonly answer: IncomingMessage }
  >;
}

/** What cannot be asked: HTTP has no way to say it, or nobody here judges it. The request is refused with this status. */
export class Unspeakable extends Error {
  override readonly name = "Unspeakable";
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** Sends questions through the gateway's front, within the process. */
export interface GatewayRoad {
  /** Throws `Unspeakable`. */
  readonly ask: (question: Question) => Asked;
}

export const createGatewayRoad = (gateway: Gateway, headerBytesMax: number): GatewayRoad => {
  const bridges = new WeakMap<Duplex, Bridge>();
  const server = createServer({ maxHeaderSize: headerBytesMax, insecureHTTPParser: false }, (request, response) => {
    void gateway.handle(request, response, bridges.get(request.socket)?.upstream);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    answerUpgrade(socket, gateway.refuseUpgrade(request));
  });
  server.on("clientError", (error, socket) => {
    const isLarge = "code" in error && error.code === "HPE_HEADER_OVERFLOW";
    const status = isLarge ? "431 Request Header Fields Too Large" : "400 Bad Request";
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });

  return {
    ask: (question) => {
      const { method, path, headers } = spoken(question);
      const bridge = createBridge(question.timeouts);
      let timer: NodeJS.Timeout | undefined;
      const { near, far } = localConnection({
        remoteAddress: question.address,
        setTimeout: (ms, listener) => {
          clearTimeout(timer);
          if (ms > 0 && listener !== undefined) timer = setTimeout(listener, ms).unref();
        },
      });
      far.once("close", () => clearTimeout(timer));
      bridges.set(far, bridge);
      const abort = (): void => {
        near.destroy();
        far.destroy();
      };
      const outgoing = outgoingOf(near, method, path, headers);
      server.emit("connection", far);
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        outgoing.on("response", resolve);
        outgoing.on("error", reject);
        outgoing.on("close", () => reject(new Error("the gateway broke off")));
      });
      // Where it is waited for it is caught; where Envoy left nobody waits.
      answered.catch(() => undefined);
      const outcome = Promise.race([
        bridge.letGo.then((sent) => ({ kind: "goes", sent }) as const),
        answered.then((answer) => ({ kind: "answered", answer }) as const),
      ]);
      outcome.catch(() => undefined);
      return {
        bridge,
        write: (bytes) => void outgoing.write(bytes),
        end: () => void outgoing.end(),
        abort,
        answered,
        outcome,
      };
    },
  };
};

const outgoingOf = (near: Duplex, method: string, path: string, headers: readonly string[]) => {
  try {
    return httpRequest({ createConnection: () => near, method, path, headers: [...headers] });
  } catch (error) {
    throw new Unspeakable(error instanceof Error ? error.message : "no HTTP request");
  }
};

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const METHOD = /^[A-Z]{1,20}$/;

/** The request that Envoy names, as HTTP/1.1 says it. */
const spoken = ({ headers, prefix, key, bodyBytes }: Question) => {
  const pseudo = (name: string): string => headers.find(([one]) => one === name)?.[1] ?? "";
  const method = pseudo(":method");
  const path = pseudo(":path");
  if (!METHOD.test(method) || method === "CONNECT" || !path.startsWith("/"))
    throw new Unspeakable("the request has no method and path that are judged here");
  const flat = ["host", pseudo(":authority") || "envoy"];
  const seen = new Set<string>(["host"]);
  for (const [name, value] of headers) {
    if (name.startsWith(":") || (HOP_HEADERS.has(name) && name !== "upgrade")) continue;
    if (name === "host" || name === "content-length" || name === "expect" || name === "trailer") continue;
    if (!NAME.test(name) || !VALUE.test(value)) throw new Unspeakable("a header is none");
    if (seen.has(name) && ONCE.test(name)) throw new Unspeakable(`the header ${name} stands there twice`);
    seen.add(name);
    if (name === "x-parapet-key" && key !== undefined) continue;
    if (name === PART_HEADER && bodyBytes === "part") continue;
    flat.push(name, value);
    // What a connection turns into would be inspected by nobody; the front refuses it.
    if (name === "upgrade") flat.push("connection", "upgrade");
  }
  if (key !== undefined) flat.push("x-parapet-key", key);
  if (bodyBytes === "part") flat.push(PART_HEADER, "true", "content-length", "0");
  else if (bodyBytes !== undefined && bodyBytes > 0) flat.push("content-length", bodyBytes.toString());
  else if (bodyBytes === undefined) flat.push("transfer-encoding", "chunked");
  return { method, path: prefix + path, headers: flat };
};
