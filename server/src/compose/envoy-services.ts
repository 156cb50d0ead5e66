import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { Configuration, EnvoyGuards } from "@parapet/model";
import { openEnvoyDoor, type EnvoyDoor, type EnvoyDoorOptions } from "#envoy";
import type { Gateway } from "#gateway";
import type { Logger, Metrics } from "#platform";
import { isLoopbackHost } from "./host-check.ts";
import { StartRefused } from "./running.ts";

/** What is known before anything starts. */
export interface EnvoyStart {
  readonly configuration: Configuration;
  /** Folder against which the certificate's files are read. */
  readonly base: string;
  /** Whether gateway keys exist. */
  readonly isGuarded: boolean;
}

export interface EnvoyServicesOptions extends EnvoyStart {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Throws `StartRefused` with what is wrong, before anything listens. */
export const checkEnvoyServices = ({ configuration, base, isGuarded }: EnvoyStart): void => {
  const { grpc } = configuration.guards;
  if (grpc === undefined) return;
  if (!isGuarded && !isLoopbackHost(grpc.host))
    throw new StartRefused(
      `guards.grpc.host is ${grpc.host}, and no gateway key exists: anybody who reaches it could ask.` +
        " Create one first with `parapet keys create --name NAME`, or listen on 127.0.0.1.",
    );
  readTls(grpc, base);
};

/**
 * Envoy's gRPC services where `guards.grpc` asks for them; undefined where it does not. Throws `StartRefused` with what is
 * wrong.
 */
export const openEnvoyServices = async (options: EnvoyServicesOptions): Promise<EnvoyDoor | undefined> => {
  const { configuration, base, gateway, metrics, logger } = options;
  const { grpc } = configuration.guards;
  if (grpc === undefined) return undefined;
  checkEnvoyServices(options);
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
    throw new StartRefused(`guards.grpc: cannot listen on ${grpc.host}:${grpc.port}: ${wordsOf(error)}`);
  }
};

/** The certificate and its key. Throws `StartRefused` for files that cannot be read, or that do not belong together. */
export const readTls = ({ tls }: Pick<EnvoyGuards, "tls">, base: string): EnvoyDoorOptions["tls"] => {
  if (tls === undefined) return undefined;
  const read = (name: "certificate" | "key" | "client_ca", path: string): Buffer => {
    try {
      return readFileSync(resolve(base, path));
    } catch (error) {
      throw new StartRefused(`guards.grpc.tls.${name}: ${wordsOf(error)}`);
    }
  };
  const [cert, key] = [read("certificate", tls.certificate), read("key", tls.key)];
  const clientCa = tls.client_ca === undefined ? undefined : read("client_ca", tls.client_ca);
  try {
    createSecureContext({ cert, key, ...(clientCa !== undefined && { ca: clientCa }) });
  } catch (error) {
    throw new StartRefused(`guards.grpc.tls: ${wordsOf(error)}`);
  }
  return { certificate: cert, key, clientCa };
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
