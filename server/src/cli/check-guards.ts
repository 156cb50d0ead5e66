import type { Diagnostic } from "@parapet/model";
import { isLoopbackHost, readTls, type LoadedConfiguration } from "#compose";

/** What of `guards.grpc` would refuse to start, or be asked in vain. */
export const checkGuards = ({ configuration, base, file = "(defaults)" }: LoadedConfiguration): Diagnostic[] => {
  const { grpc } = configuration.guards;
  if (grpc === undefined) return [];
  const guarded = configuration.routes.filter(({ guard }) => guard !== undefined);
  const isReached = guarded.some(({ path }) => path === grpc.path_prefix || path.startsWith(`${grpc.path_prefix}/`));
  const warn = (message: string, fix: string): Diagnostic => ({ level: "warning", file, message, fix });
  return [
    ...problemOf(() => readTls(grpc, base)).map((message): Diagnostic => ({
      level: "error",
      file,
      message,
      fix: "name files that can be read, PEM",
    })),
    ...(isReached
      ? []
      : [
          warn(
            `guards.grpc.path_prefix "${grpc.path_prefix}" leads to no guard's route: only an Envoy that says another is answered`,
            `begin it as one of ${guarded.map(({ path }) => path).join(", ")} begins`,
          ),
        ]),
    ...(isLoopbackHost(grpc.host) || grpc.tls !== undefined
      ? []
      : [
          warn(
            `guards.grpc listens on ${grpc.host} without TLS: keys and texts pass in clear`,
            "set guards.grpc.tls, or let nothing but Envoy's own network reach it",
          ),
        ]),
  ];
};

const problemOf = (read: () => unknown): readonly string[] => {
  try {
    read();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
};
