import type { IncomingMessage } from "node:http";

/** How long a caller that is still sending may take to read its refusal. */
const LINGER_MS = 2_000;

/**
 * Leaves the rest of a refused request's body unread, and answers the headers that say so. The connection
 * is shut for writing and kept a moment: closing it with unread bytes would reset it, and a caller that is
 * still sending would see an error it retries instead of the refusal (RFC 9112 §9.6).
 */
export const leaveUnread = (request: IncomingMessage): Readonly<Record<string, string>> => {
  if (request.complete) return {};
  const { socket } = request;
  // Marks the body as read by us; otherwise `node:http` reads and throws away all that comes.
  request.read(0);
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
  return { connection: "close" };
};
