import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type Server } from "node:http";
import {
  constants,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { HOP_HEADERS, localConnection } from "#platform";

const PREFACE = Buffer.from("PRI");
const STREAMS_MAX = 128;
export interface Http2Door {
  /** Lets sessions end what they do, and closes connections that have said nothing. */
  readonly close: () => void;
  /** Cuts what is left. */
  readonly destroy: () => void;
}

/**
 * Lets a server of HTTP/1.1 take HTTP/2 without TLS, as SDKs speak it who know beforehand (RFC 9113 §3.3). Each stream
 * becomes a request of HTTP/1.1 within the process, so that there is one strict front and not two.
 */
export const acceptHttp2 = (
  server: Server,
  { headerBytesMax, firstByteMs }: { readonly headerBytesMax: number; readonly firstByteMs: number },
): Http2Door => {
  const http1 = server.listeners("connection");
  const takeAsHttp1 = (socket: Duplex): void => {
    for (const listener of http1) Reflect.apply(listener, server, [socket]);
  };
  const silent = new Set<Socket>();
  const http2 = createHttp2Server({
    settings: { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: headerBytesMax, enablePush: false },
  });
  const sessions = new Set<{ readonly close: () => void; readonly destroy: () => void }>();
  http2.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.setTimeout(server.requestTimeout, () => session.close());
  });
  http2.on("sessionError", () => undefined);
  http2.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => relay(stream, headers, takeAsHttp1));

  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    silent.add(socket);
    const cut = (): void => void socket.destroy();
    socket.setTimeout(firstByteMs, cut);
    socket.once("error", cut);
    socket.once("close", () => silent.delete(socket));
    socket.once("readable", () => {
      silent.delete(socket);
      socket.setTimeout(0);
      socket.off("timeout", cut);
      socket.off("error", cut);
      const first: unknown = socket.read();
      if (!Buffer.isBuffer(first)) return cut();
      socket.unshift(first);
      if (first.subarray(0, PREFACE.length).equals(PREFACE)) http2.emit("connection", socket);
      else takeAsHttp1(socket);
    });
  });
  return {
    close: () => {
      for (const socket of silent) socket.destroy();
      for (const session of sessions) session.close();
    },
    destroy: () => {
      for (const session of sessions) session.destroy();
    },
  };
};

const relay = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  takeAsHttp1: (socket: Duplex) => void,
): void => {
  stream.on("error", () => stream.destroy());
  const { ":method": method = "GET", ":path": path = "", ":authority": authority, ...others } = headers;
  if (method === "CONNECT" || !path.startsWith("/")) return refuse(stream, 403);
  const { near, far } = localConnection({
    remoteAddress: stream.session?.socket.remoteAddress,
    setTimeout: (ms, listener) => stream.setTimeout(ms, listener),
  });
  takeAsHttp1(far);
  try {
    const request = httpRequest({
      createConnection: () => near,
      method,
      path,
      headers: { host: authority ?? others.host ?? "", ...plainHeaders(others) },
    });
    request.on("response", (response) => answer(stream, response));
    request.on("error", () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    stream.on("close", () => {
      request.destroy();
      near.destroy();
      far.destroy();
    });
    stream.pipe(request);
  } catch {
    // A name, value or path that HTTP/1.1 has no way to say.
    refuse(stream, 400);
    far.destroy();
  }
};

const plainHeaders = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(":") && name !== "host" && !HOP_HEADERS.has(name)),
  );

const refuse = (stream: ServerHttp2Stream, status: number): void => {
  stream.respond({ ":status": status, "content-length": "0" }, { endStream: true });
};

const answer = (stream: ServerHttp2Stream, response: IncomingMessage): void => {
  if (stream.destroyed) return;
  const headers = Object.entries(response.headers).filter(([name]) => !HOP_HEADERS.has(name));
  stream.respond({ ...Object.fromEntries(headers), ":status": response.statusCode ?? 502 });
  // An answer that breaks off must not look like one that has ended.
  response.on("error", () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  response.on("aborted", () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  response.pipe(stream);
};
