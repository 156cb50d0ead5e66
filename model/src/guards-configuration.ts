import { z } from "zod";

/** Where Envoy's gRPC services listen. */
const EnvoyGuards = z.strictObject({
  host: z.string().default("127.0.0.1").describe("Address to bind; anything but loopback needs gateway keys"),
  port: z.int().min(0).max(65_535).describe("Port to bind; 0 takes a free one"),
  path_prefix: z
    .string()
    .regex(/^(?:\/[\w.~-]+)*$/, "is empty, or starts with / and does not end with one")
    .default("")
    .describe(
      "Put before the path of a request that Envoy shows, to find its route: `/guard/envoy` with a route at `/guard/envoy/v1` for requests to `/v1/…`. An Envoy may say another in the metadata `x-parapet-prefix`",
    ),
  tls: z
    .strictObject({
      certificate: z.string().describe("File of the certificate and its chain, PEM"),
      key: z.string().describe("File of its private key, PEM"),
      client_ca: z
        .string()
        .optional()
        .describe("File of the authorities that clients' certificates must be from, PEM. Left out: none is asked for"),
    })
    .optional()
    .describe("Left out: without TLS"),
  streamsMax: z
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe("Requests that are judged at once; above is RESOURCE_EXHAUSTED"),
  messageBytesMax: z
    .int()
    .min(64 * 1024)
    .max(256 * 1024 * 1024)
    .default(16 * 1024 * 1024)
    .describe("Largest body in one message; above is RESOURCE_EXHAUSTED"),
  requestMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(120_000)
    .describe("Longest time until a request was shown whole; above is DEADLINE_EXCEEDED"),
});
export type EnvoyGuards = Readonly<z.infer<typeof EnvoyGuards>>;

export const GuardsConfiguration = z
  .strictObject({
    grpc: EnvoyGuards.optional().describe(
      "Listen for Envoy's gRPC services: external authorization, external processing, health. Left out: off",
    ),
  })
  .prefault({});
