import { isLoopbackHost, type LoadedConfiguration } from "#compose";
import { attention, ok, type CheckLine } from "./check-line.ts";
import { reachUpstream } from "./reach-upstream.ts";

/** Whether Envoy's gRPC services answer where they are to, and who could read what is shown to them. */
export const checkEnvoy = async ({ configuration }: LoadedConfiguration): Promise<readonly CheckLine[]> => {
  const { grpc } = configuration.guards;
  if (grpc === undefined) return [];
  const where = `${grpc.host.includes(":") ? `[${grpc.host}]` : grpc.host}:${grpc.port}`;
  const asked = where.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
  const reached = grpc.port === 0 ? undefined : await reachUpstream(`http://${asked}`, true);
  return [
    reached === undefined
      ? attention("reachable", "guards.grpc", "takes a free port at each start", "set guards.grpc.port")
      : reached.ok
        ? ok("reachable", "guards.grpc", `${where} accepts connections`)
        : attention(
            "reachable",
            "guards.grpc",
            `nothing answers on ${where}`,
            "start the gateway; Envoy fails meanwhile",
          ),
    grpc.tls !== undefined || isLoopbackHost(grpc.host)
      ? ok("private", "guards.grpc", grpc.tls === undefined ? `answers on ${grpc.host} only` : "speaks TLS")
      : attention("private", "guards.grpc", "speaks without TLS on an outer address", "set guards.grpc.tls"),
  ];
};
