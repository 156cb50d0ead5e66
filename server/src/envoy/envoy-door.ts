import {
  Server,
  ServerCredentials,
  logVerbosity,
  setLogVerbosity,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import type { EnvoyGuards } from "@parapet/model";
import type { Gateway } from "#gateway";
import { plainAddress, type Logger } from "#platform";
import type { Told } from "./answers.ts";
import { createGatewayRoad, Unspeakable, type Asked, type Question } from "./ask-gateway.ts";
import { answerCheck, refuseCheck } from "./check.ts";
import { readChecked, readShown, type ShownHeader } from "./messages.ts";
import { createProcess, type ProcessEnd, type ProcessFailure } from "./process.ts";
import { decodeWire, encodeWire, type WireMessage } from "./wire.ts";

export interface EnvoyDoorOptions {
  readonly gateway: Gateway;
  readonly settings: EnvoyGuards;
  /** PEM; undefined: without TLS. */
  readonly tls:
    | { readonly key: Buffer; readonly certificate: Buffer; readonly clientCa: Buffer | undefined }
    | undefined;
  readonly headerBytesMax: number;
  readonly logger: Logger;
  readonly metrics: EnvoyMetrics;
}

export interface EnvoyMetrics {
  readonly ended: (service: "ext-authz" | "ext-proc", how: ProcessEnd | "overloaded") => void;
  readonly watch: (open: () => number) => void;
}

export interface EnvoyDoor {
  readonly port: number;
  /** Takes nothing new; what runs may end within the grace, then it is cut. */
  readonly close: (graceMs: number) => Promise<void>;
}

const EXT_PROC = "envoy.service.ext_proc.v3.ExternalProcessor";
const EXT_AUTHZ = "envoy.service.auth.v3.Authorization";
const HEALTH = "grpc.health.v1.Health";
/** Of a message besides the body in it. */
const HEAD_BYTES = 64 * 1024;
const WAITING_STREAMS = 1_000;
const STATUS_OF = {
  disorder: status.INVALID_ARGUMENT,
  late: status.DEADLINE_EXCEEDED,
  broken: status.ABORTED,
} as const satisfies Record<ProcessFailure, status>;
const SERVING = 1;
const NOT_SERVING = 2;

type Call = Pick<ServerUnaryCall<Buffer, Told>, "metadata" | "getPeer">;

/** Listens for Envoy. Throws when the address or the certificate cannot be had. */
export const openEnvoyDoor = async (options: EnvoyDoorOptions): Promise<EnvoyDoor> => {
  const { gateway, settings, logger, metrics } = options;
  const road = createGatewayRoad(gateway, options.headerBytesMax);
  let open = 0;
  let isClosing = false;
  metrics.watch(() => open);

  /** Counts a stream as open; undefined where there are enough. Answers how to end it, which counts once. */
  const enter = (service: "ext-authz" | "ext-proc"): ((how: ProcessEnd) => void) | undefined => {
    if (open >= settings.streamsMax) {
      metrics.ended(service, "overloaded");
      return undefined;
    }
    open += 1;
    let isOver = false;
    return (how) => {
      if (isOver) return;
      isOver = true;
      open -= 1;
      metrics.ended(service, how);
    };
  };

  const note = (error: unknown): void => logger.warn({ error }, "a question of Envoy's ended without an answer");

  const asker =
    (call: Call, guard: "ext-authz" | "ext-proc") =>
    (headers: readonly ShownHeader[], bodyBytes: Question["bodyBytes"], isWatching: boolean): Asked => {
      const prefix = told(call, "x-parapet-prefix") ?? settings.path_prefix;
      if (!PREFIX.test(prefix)) throw new Unspeakable("x-parapet-prefix is no path");
      const path = headers.find(([name]) => name === ":path")?.[1] ?? "";
      const route = gateway.guardAt(prefix + path);
      if (route?.configuration.guard !== guard)
        throw new Unspeakable(`No route with guard: ${guard} is where this request would be judged.`, 404);
      if (isWatching && route.mode() === "enforce") {
        logger.warn(
          { route: route.configuration.id },
          "Envoy's observability_mode takes no answers: set mode: observe",
        );
        throw new Unspeakable("This route enforces, and Envoy's observability_mode takes no answers.", 403);
      }
      return road.ask({
        headers,
        prefix,
        key: told(call, "x-parapet-key"),
        address: addressOf(call),
        bodyBytes,
        timeouts: route.configuration.timeouts,
      });
    };

  const processStream = (call: ServerDuplexStream<Buffer, Told>): void => {
    const leave = enter("ext-proc");
    if (leave === undefined) return void call.emit("error", failure(status.RESOURCE_EXHAUSTED, "too many streams"));
    const ask = asker(call, "ext-proc");
    const process = createProcess({
      ask: (head, bodyBytes) => ask(head.headers, bodyBytes, head.isWatching),
      send: (message) => send(call, message),
      end: (why, message) => {
        if (why === undefined) call.end();
        else call.emit("error", failure(STATUS_OF[why], message ?? why));
      },
      onEnd: leave,
      note,
      requestMs: settings.requestMs,
    });
    call.on("cancelled", process.leave);
    readAll(call, process);
  };

  const check = (call: ServerUnaryCall<Buffer, Told>, callback: sendUnaryData<Told>): void => {
    const leave = enter("ext-authz");
    if (leave === undefined) return callback(failure(status.RESOURCE_EXHAUSTED, "too many streams"));
    const answer = async (): Promise<void> => {
      try {
        const checked = readChecked(call.request);
        if (checked === undefined) throw new Unspeakable("no HTTP request is asked about");
        const asked = asker(call, "ext-authz")(checked.headers, checked.body.length, false);
        call.on("cancelled", asked.abort);
        callback(null, await answerCheck(checked, asked));
        leave("done");
      } catch (error) {
        if (call.cancelled) return leave("left");
        if (error instanceof Unspeakable) callback(null, refuseCheck(error));
        else {
          note(error);
          callback(failure(status.ABORTED, "the gateway broke off"));
        }
        leave(error instanceof Unspeakable ? "refused" : "broken");
      }
    };
    void answer();
  };

  const health = (_: ServerUnaryCall<Buffer, Told>, callback: sendUnaryData<Told>): void =>
    callback(null, { status: isClosing ? NOT_SERVING : SERVING });

  // What is worth saying is said in our own log.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    "grpc.max_receive_message_length": settings.messageBytesMax + HEAD_BYTES,
    "grpc.max_send_message_length": -1,
    // More than are judged: what is too much is told so, and does not wait for a place.
    "grpc.max_concurrent_streams": settings.streamsMax + WAITING_STREAMS,
  });
  server.addService({ Process: method(EXT_PROC, "Process", "ProcessingResponse", true) }, { Process: processStream });
  server.addService({ Check: method(EXT_AUTHZ, "Check", "CheckResponse", false) }, { Check: check });
  server.addService({ Check: method(HEALTH, "Check", "HealthCheckResponse", false) }, { Check: health });
  const port = await bind(server, settings, options.tls);
  return {
    port,
    close: (graceMs) => {
      isClosing = true;
      return shut(server, graceMs);
    },
  };
};

/** One message at a time, so that a stream gets no further than it is looked at. */
const readAll = (call: ServerDuplexStream<Buffer, Told>, process: ReturnType<typeof createProcess>): void => {
  call.on("data", (bytes: Buffer) => {
    call.pause();
    void process.take(read(bytes)).then(() => call.resume());
  });
  // A stream that is cancelled ends, too, just before.
  call.on("end", () => setImmediate(() => void process.finish()));
};

const read = (bytes: Buffer): ReturnType<typeof readShown> => {
  try {
    return readShown(bytes);
  } catch {
    return { kind: "unknown" };
  }
};

const PREFIX = /^(?:\/[\w.~-]{1,200}){0,20}$/;

/** One value of metadata; a name with several is as if it had none that counts. */
const told = (call: Call, name: string): string | undefined => {
  const values = call.metadata.get(name);
  if (values.length === 0) return undefined;
  const [value] = values;
  if (values.length > 1 || typeof value !== "string" || value.length > 400)
    throw new Unspeakable(`the metadata ${name} is not one short text`);
  return value;
};

/** `address:port`, of IPv6 with brackets. */
const addressOf = (call: Call): string =>
  plainAddress(
    call
      .getPeer()
      .replace(/:\d{1,5}$/, "")
      .replace(/^\[(.*)\]$/, "$1"),
  );

const send = (call: ServerDuplexStream<Buffer, Told>, message: Told): Promise<void> =>
  new Promise((resolve) => {
    if (call.cancelled || call.writableEnded || call.write(message)) return resolve();
    const go = (): void => {
      call.off("drain", go);
      call.off("cancelled", go);
      call.off("close", go);
      resolve();
    };
    call.on("drain", go);
    call.on("cancelled", go);
    call.on("close", go);
  });

const failure = (code: status, details: string): Error & { readonly code: status; readonly details: string } =>
  Object.assign(new Error(details), { code, details });

const method = (service: string, name: string, answer: WireMessage, isStream: boolean) => ({
  path: `/${service}/${name}`,
  requestStream: isStream,
  responseStream: isStream,
  requestSerialize: (bytes: Buffer): Buffer => bytes,
  requestDeserialize: (bytes: Buffer): Buffer => bytes,
  responseSerialize: (message: Told): Buffer => encodeWire(answer, message),
  responseDeserialize: (bytes: Buffer): object => decodeWire(answer, bytes),
});

const bind = (
  server: Server,
  { host, port }: Pick<EnvoyGuards, "host" | "port">,
  tls: EnvoyDoorOptions["tls"],
): Promise<number> => {
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          tls.clientCa ?? null,
          [{ private_key: tls.key, cert_chain: tls.certificate }],
          tls.clientCa !== undefined,
        );
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
};

const shut = (server: Server, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
