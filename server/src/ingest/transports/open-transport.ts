import type { SourceTransport } from "@parapet/model";
import { guardUrl } from "#platform";
import { followFiles } from "./file.ts";
import { consumeKafka } from "./kafka.ts";
import { consumeNats } from "./nats.ts";
import { pullObjects } from "./object-store.ts";
import { listenSyslog } from "./syslog.ts";
import type { Transport, TransportTools } from "./transport.ts";

/** How a configured transport is made, each time it starts; undefined for what senders push over HTTP. */
export const openTransport = (
  transport: SourceTransport,
  about: {
    /** Folder against which relative paths of the configuration are read. */
    readonly base: string;
    /** Whether the source takes any JSON: then syslog that is none becomes a record of its parts. */
    readonly isGeneric: boolean;
    readonly secret: (reference: string) => string;
  },
): ((tools: TransportTools) => Transport) | undefined => {
  const secretOf = (reference: string | undefined): string | undefined =>
    reference === undefined ? undefined : about.secret(reference);
  switch (transport.kind) {
    case "http":
      return undefined;
    case "file":
      return (tools) => followFiles(transport, about.base, tools);
    case "syslog":
      return (tools) => listenSyslog(transport, about.isGeneric, tools);
    case "s3": {
      const { accessKeyId, secretAccessKey } = transport;
      const keys = { accessKeyId: about.secret(accessKeyId), secretAccessKey: about.secret(secretAccessKey) };
      const sessionToken = secretOf(transport.sessionToken);
      return (tools) => pullObjects({ ...transport, ...keys, sessionToken }, tools);
    }
    case "nats": {
      transport.servers.forEach(checkHost);
      const password = secretOf(transport.password);
      return (tools) => consumeNats({ ...transport, password }, tools);
    }
    case "kafka": {
      transport.brokers.forEach(checkHost);
      const password = secretOf(transport.password);
      return (tools) => consumeKafka({ ...transport, password }, tools);
    }
  }
};

/** Brokers' clients open their own connections: what the egress rules forbid is refused before they do. */
const checkHost = (server: string): void => {
  const guarded = guardUrl(`http://${server.replace(/^[a-z+]+:\/\//, "")}`, { allowPrivate: true });
  if (!guarded.ok) throw new Error(`${server}: ${guarded.refusal.message}`);
};
