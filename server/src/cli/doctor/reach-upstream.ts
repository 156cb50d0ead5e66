import { connect, isIP } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { guardedLookup, guardUrl } from "#platform";

const REACH_MS = 3_000;

export type Reached = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * Opens a connection to an upstream, with TLS where the URL says so, and closes it. No request is sent: a
 * doctor must not cost tokens or show up in the provider's logs as one.
 */
export const reachUpstream = (text: string, allowPrivate: boolean, timeoutMs = REACH_MS): Promise<Reached> => {
  const guarded = guardUrl(text, { allowPrivate });
  if (!guarded.ok) return Promise.resolve({ ok: false, why: guarded.refusal.message });
  const { protocol, hostname, port } = guarded.url;
  const isSecure = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  const options = {
    host,
    port: port === "" ? (isSecure ? 443 : 80) : Number(port),
    lookup: guardedLookup({ allowPrivate }),
    timeout: timeoutMs,
  };
  return new Promise((resolve) => {
    const socket = isSecure
      ? connectSecurely({ ...options, ...(isIP(host) === 0 && { servername: host }), ALPNProtocols: ["http/1.1"] })
      : connect(options);
    // The socket's own timer starts again with each packet; this one bounds the whole.
    const timer = setTimeout(
      () => finish({ ok: false, why: `no connection within ${timeoutMs / 1_000} s` }),
      timeoutMs,
    );
    const finish = (reached: Reached): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached);
    };
    socket.once(isSecure ? "secureConnect" : "connect", () => finish({ ok: true }));
    socket.on("error", (error) => {
      const code = "code" in error ? String(error.code) : "";
      finish({
        ok: false,
        why: code === "" ? error.message : `${error.message.includes(code) ? "" : `${code}: `}${error.message}`,
      });
    });
  });
};
