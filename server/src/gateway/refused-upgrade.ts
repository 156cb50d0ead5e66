import type { Duplex } from "node:stream";
import type { RefusedUpgrade } from "./gateway.ts";

/** Answers a connection that wants to become something else; what a server hands over then is a bare socket. */
export const answerUpgrade = (socket: Duplex, refused: Partial<RefusedUpgrade> = {}): void => {
  const { headers = {}, body = "" } = refused;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 403 Forbidden\r\nconnection: close\r\n${lines.join("")}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};
