import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Configuration } from "@parapet/model";
import { answerUpgrade, type Gateway } from "#gateway";
import type { McpGateway } from "#mcp";
import { Fault, systemClock } from "#platform";
import { acceptHttp2, type Http2Door } from "./http2-door.ts";
import { plain } from "./plain-answer.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Surfaces {
  readonly gateway: Gateway | undefined;
  readonly mcp: McpGateway | undefined;
  /** Records of gateways on other machines; undefined where none are accepted. */
  readonly gatewayRecords: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  readonly telemetry: Handler | undefined;
  readonly api: Handler | undefined;
  readonly pages: Handler | undefined;
  readonly ready: () => boolean;
  /** Undefined where they are served apart. */
  readonly metrics: Handler | undefined;
  readonly acceptsHost: (header: string | undefined) => boolean;
}

const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 120_000;

/** One port for everything: model routes first, then health, API, console. */
export const createListener = (surfaces: Surfaces, { limits }: Configuration): Server => {
  const server = createServer(
    {
      noDelay: true,
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      insecureHTTPParser: false,
    },
    (request, response) => {
      const url = request.url ?? "/";
      if (isHostRepeated(request)) return plain(response, 400, "The request names two hosts.\n");
      // Absolute-form targets name a host of their own: two readings of one request.
      if (!url.startsWith("/") || !surfaces.acceptsHost(request.headers.host))
        return plain(response, 421, "This host name is not served here.\n");
      if (surfaces.gateway?.owns(url) === true) return void surfaces.gateway.handle(request, response);
      if (surfaces.mcp?.owns(url) === true) return void surfaces.mcp.handle(request, response);
      const path = url.split("?", 1)[0] ?? "/";
      if (path === "/healthz") return plain(response, 200, "ok\n");
      if (path === "/readyz")
        return plain(response, surfaces.ready() ? 200 : 503, surfaces.ready() ? "ready\n" : "starting\n");
      if (path === "/metrics")
        return surfaces.metrics === undefined
          ? plain(response, 404, "Not found\n")
          : surfaces.metrics(request, response);
      if (isOf(path, "/ingest/gateway") && surfaces.gatewayRecords !== undefined)
        return void surfaces.gatewayRecords(request, response);
      if (isTelemetry(path) && surfaces.telemetry !== undefined) return surfaces.telemetry(request, response);
      if (path.startsWith("/api/") && surfaces.api !== undefined) return surfaces.api(request, response);
      if (isOfProgram(request)) return answerUnknownRoute(response);
      if (surfaces.pages !== undefined) return surfaces.pages(request, response);
      return plain(response, 404, "Not found\n");
    },
  );
  server.on("clientError", (error, socket) => {
    if (socket.writable)
      socket.end(`HTTP/1.1 ${statusOfParserError(error)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  // WebSocket and other upgrades lead past inspection.
  server.on("upgrade", (request, socket) => {
    answerUpgrade(socket, surfaces.gateway?.refuseUpgrade(request));
  });
  doors.set(server, acceptHttp2(server, { headerBytesMax: limits.headerBytesMax, firstByteMs: HEADERS_TIMEOUT_MS }));
  return server;
};

/** Not a browser that asks for a page: a client whose base URL is wrong must not read a page, or nothing, as an answer. */
const isOfProgram = ({ method, headers }: IncomingMessage): boolean =>
  (method !== "GET" && method !== "HEAD") || headers.accept === "application/json";

/** In the shape of OpenAI's errors, which most clients read: https://platform.openai.com/docs/guides/error-codes */
const answerUnknownRoute = (response: ServerResponse): void => {
  const { code, status, message } = new Fault("unknown_route");
  const help = `${message} Check the client's base URL: it ends in a route's path, such as /v1.`;
  const body = JSON.stringify({ error: { message: help, type: "invalid_request_error", param: null, code } });
  plain(response, status, body, { "content-type": "application/json" });
};

/** What lets HTTP/2 in beside the server itself, which knows nothing of it. */
const doors = new WeakMap<Server, Http2Door>();

/** Whether a path is one that sources send to. */
export const isTelemetry = (path: string): boolean => path.startsWith("/ingest/") || path.startsWith("/otlp/");

const isOf = (path: string, base: string): boolean => path === base || path.startsWith(`${base}/`);

const HOST = "host";

/** `node:http` keeps the first of several; the next hop may keep the last. */
const isHostRepeated = ({ rawHeaders }: IncomingMessage): boolean => {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === HOST.length && rawHeaders[index]?.toLowerCase() === HOST) hosts += 1;
  return hosts > 1;
};

const statusOfParserError = (error: Error): string => {
  switch ("code" in error ? error.code : undefined) {
    case "HPE_HEADER_OVERFLOW":
      return "431 Request Header Fields Too Large";
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "408 Request Timeout";
    default:
      return "400 Bad Request";
  }
};

export const listen = (
  server: Server,
  where: { readonly host: string; readonly port: number } | string,
): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    const done = (): void => {
      const address = server.address();
      resolve(isTcp(address) ? address.port : 0);
    };
    if (typeof where === "string") server.listen(where, done);
    else server.listen(where.port, where.host, 4096, done);
  });

export const urlOf = (
  { listen: { host } }: { readonly listen: Pick<Configuration["listen"], "host"> },
  port: number,
): string => `http://${host.includes(":") ? `[${host}]` : host}:${port}`;

/** No new connections; what runs may finish within the grace, then it is cut. */
export const closeServer = async (server: Server, inFlight: () => number, graceMs: number): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  doors.get(server)?.close();
  const endMs = systemClock.monotonic() + graceMs;
  while (inFlight() > 0 && systemClock.monotonic() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.closeIdleConnections();
  }
  server.closeAllConnections();
  doors.get(server)?.destroy();
  await closed;
};

const isTcp = (address: AddressInfo | string | null): address is AddressInfo =>
  address !== null && typeof address !== "string";
