import type { Configuration } from "@parapet/model";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

export const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host === "::1" || host.startsWith("127.");

/**
 * Whether a Host header names this server. A page elsewhere that resolves its own name to this address
 * (DNS rebinding) sends its own name, and is refused.
 */
export const createHostCheck = ({
  listen,
}: Pick<Configuration, "listen">): ((header: string | undefined) => boolean) => {
  const own = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  const names = new Set([...LOOPBACK, own, ...listen.hosts].map((name) => name.toLowerCase()));
  // Callers of one server name it the same way, request after request.
  let accepted: string | undefined;
  return (header) => {
    if (header === undefined) return false;
    if (header === accepted) return true;
    const isOwn = names.has(header.toLowerCase().replace(/:\d{1,5}$/, ""));
    if (isOwn) accepted = header;
    return isOwn;
  };
};
