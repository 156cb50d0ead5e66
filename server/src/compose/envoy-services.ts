import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Configuration, EnvoyGuards } from "@parapet/model";
import { openEnvoyDoor, type EnvoyDoor, type EnvoyDoorOptions } from "#envoy";
import type { Gateway } from "#gateway";
import type { Logger, Metrics } from "#platform";
import { isLoopbackHost } from "./host-check.ts";
import { StartRefused } from "./running.ts";

export interface EnvoyServicesOptions {
  readonly configuration: Configuration;
  /** Folder against which the certificate's files are read. */
  readonly base: string;
  readonly gateway: Gateway;
  /** Whether gateway keys exist. */
  readonly isGuarded: boolean;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Envoy's gRPC services where `guards.grpc` asks for them; undefined where it does not. Throws `StartRefused` with what is
 * wrong.
 */
export const openEnvoyServices = async (options: EnvoyServicesOptions): Promise<EnvoyDoor | undefined> => {
  const { configuration, base, gateway, isGuarded, metrics, logger } = options;
  const { grpc } = configuration.guards;
  if (grpc === undefined) return undefined;
  if (!isGuarded && !isLoopbackHost(grpc.host))
    throw new StartRefused(
      `guards.grpc.host is ${grpc.host}, and no gateway key exists: anybody who reaches it could ask.` +
        " Create one first with `parapet keys create --name NAME`, or listen on 127.0.0.1.",
    );
  const streams = metrics.counter("parapet_envoy_streams_total", "Streams of Envoy by service and how they ended");
  const open = metrics.gauge("parapet_envoy_streams", "Streams of Envoy that are open");
  const tls = readTls(grpc, base);
  try {
    const door = await openEnvoyDoor({
      gateway,
      settings: grpc,
      tls,
      headerBytesMax: configuration.limits.headerBytesMax,
      logger,
      metrics: { ended: (service, how) => streams.add({ service, how }), watch: open.read },
    });
    logger.info({ host: grpc.host, port: door.port, tls: tls !== undefined }, "Envoy's gRPC services are served");
    return door;
  } catch (error) {
    throw new StartRefused(
      `guards.grpc: cannot listen on ${grpc.host}:${grpc.port}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** What is said of a certificate; throws `StartRefused` for a file that cannot be read. */
export const readTls = ({ tls }: Pick<EnvoyGuards, "tls">, base: string): EnvoyDoorOptions["tls"] => {
  if (tls === undefined) return undefined;
  const read = (name: "certificate" | "key" | "client_ca", path: string): Buffer => {
    try {
      return readFileSync(resolve(base, path));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new StartRefused(`guards.grpc.tls.${name}: ${why}`);
    }
  };
  return {
    certificate: read("certificate", tls.certificate),
    key: read("key", tls.key),
    clientCa: tls.client_ca === undefined ? undefined : read("client_ca", tls.client_ca),
  };
};
