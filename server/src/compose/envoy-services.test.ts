/** Guarantee: Envoy's gRPC services do not start where anybody could ask, and say what of their configuration is wrong. */
import { expect, test } from "vitest";
import { Configuration } from "@parapet/model";
import type { Gateway } from "#gateway";
import { createMetrics, silentLogger } from "#platform";
import { openEnvoyServices } from "./envoy-services.ts";

const gateway: Gateway = {
  owns: () => false,
  guardAt: () => undefined,
  handle: () => Promise.resolve(),
  refuseUpgrade: () => undefined,
  inFlight: () => 0,
  bytesInFlight: () => 0,
  uploadBytes: () => 0,
  close: () => Promise.resolve(),
};
const start = (grpc: object | undefined, isGuarded = false) =>
  openEnvoyServices({
    configuration: Configuration.parse(grpc === undefined ? {} : { guards: { grpc } }),
    base: import.meta.dirname,
    gateway,
    isGuarded,
    metrics: createMetrics(),
    logger: silentLogger,
  });

test("nothing listens unless it is asked for", async () => {
  expect(await start(undefined)).toBeUndefined();
});

test.each([
  ["another address than loopback without keys", false, { host: "0.0.0.0", port: 0 }, "no gateway key exists"],
  ["an address that is not here", true, { host: "192.0.2.1", port: 0 }, "cannot listen on 192.0.2.1:0"],
  [
    "no certificate",
    false,
    { port: 0, tls: { certificate: "none.pem", key: "none.pem" } },
    "guards.grpc.tls.certificate: ENOENT",
  ],
  [
    "what is no certificate",
    false,
    { port: 0, tls: { certificate: "envoy-services.ts", key: "envoy-services.ts" } },
    "guards.grpc.tls: ",
  ],
])("%s is refused", async (_, isGuarded, grpc, message) => {
  await expect(start(grpc, isGuarded)).rejects.toThrow(message);
});

test("with keys it listens on other addresses, too", async () => {
  const door = await start({ host: "0.0.0.0", port: 0 }, true);
  expect(door?.port).toBeGreaterThan(0);
  await door?.close(0);
});
