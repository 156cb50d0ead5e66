import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { SourceTransport } from "@parapet/model";
import { cidrContains, parseCidr, plainAddress } from "#platform";
import { createSyslogFraming } from "./syslog-framing.ts";
import { recordOf } from "./syslog-message.ts";
import type { Transport, TransportTools } from "./transport.ts";

const GATHER_MS = 100;
const BATCH_MAX = 1_000;
/** Messages that wait; beyond it a TCP sender is not read, and what UDP brings is lost and counted. */
const WAITING_MAX = 20_000;
const CONNECTIONS_MAX = 512;
const IDLE_MS = 3_600_000;

export type SyslogOptions = Extract<SourceTransport, { readonly kind: "syslog" }>;

/** A syslog listener. Senders get no answer: what waits here when the process dies is lost with it. */
export const listenSyslog = (options: SyslogOptions, isGeneric: boolean, tools: TransportTools): Transport => {
  const { signal } = tools;
  const allowed = options.from.map((text) => {
    const range = parseCidr(text);
    if (range === undefined) throw new Error(`transport.from: ${text} is no address or network`);
    return range;
  });
  const mayFrom = (address: string | undefined): boolean =>
    allowed.length === 0 || allowed.some((range) => cidrContains(range, plainAddress(address ?? "")));

  let waiting: string[] = [];
  const paused = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  let delivering: Promise<void> | undefined;

  const deliver = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX);
      const bytes = Buffer.from(batch.map((line) => recordOf(line, isGeneric)).join("\n"));
      if (!(await tools.deliver({ bytes, contentType: "" }))) return;
      waiting = waiting.slice(batch.length);
      if (waiting.length < WAITING_MAX / 2) {
        for (const socket of paused) socket.resume();
        paused.clear();
      }
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return (delivering ??= deliver().finally(() => (delivering = undefined)));
  };
  const accept = (messages: readonly string[]): void => {
    waiting.push(...messages);
    if (waiting.length >= BATCH_MAX) void flush();
    else timer ??= setTimeout(() => void flush(), GATHER_MS);
  };

  const onSocket = (socket: Socket): void => {
    if (!mayFrom(socket.remoteAddress)) return void socket.destroy();
    const framing = createSyslogFraming();
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      accept(framing.push(chunk));
      if (waiting.length < WAITING_MAX) return;
      socket.pause();
      paused.add(socket);
    });
    socket.on("end", () => accept(framing.end()));
    socket.on("close", () => paused.delete(socket));
    socket.on("error", () => socket.destroy());
  };

  const runStream = async (): Promise<void> => {
    const server = serverOf(options, onSocket);
    server.maxConnections = CONNECTIONS_MAX;
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await untilEnd(
      (fail, ready) => server.on("error", fail).listen(options.port, options.host, ready),
      () => {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    );
  };

  const runDatagrams = async (): Promise<void> => {
    const socket = createSocket(options.host.includes(":") ? "udp6" : "udp4");
    socket.on("message", (bytes, { address }) => {
      if (!mayFrom(address)) return;
      if (waiting.length >= WAITING_MAX) return tools.lost(1);
      const text = bytes.toString("utf8").replace(/[\r\n\0]+$/, "");
      if (text !== "") accept([text]);
    });
    await untilEnd(
      (fail, ready) => socket.on("error", fail).bind(options.port, options.host, ready),
      () => socket.close(),
    );
  };

  /** Opens, waits for the end, closes; rejects when it cannot be opened or breaks. */
  const untilEnd = (
    open: (fail: (error: Error) => void, ready: () => void) => unknown,
    close: () => void,
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        close();
        resolve();
      };
      open(
        (error) => {
          signal.removeEventListener("abort", end);
          reject(error);
        },
        () => tools.setProblem(undefined),
      );
      signal.addEventListener("abort", end, { once: true });
    });

  return {
    run: async () => {
      await (options.protocol === "udp" ? runDatagrams() : runStream());
      await flush();
    },
  };
};

const serverOf = (options: SyslogOptions, onSocket: (socket: Socket) => void): Server => {
  if (options.protocol !== "tls") return createTcpServer(onSocket);
  const { certificate = "", key = "", clients } = options;
  return createTlsServer(
    {
      cert: readFileSync(certificate),
      key: readFileSync(key),
      minVersion: "TLSv1.2",
      ...(clients !== undefined && { ca: readFileSync(clients), requestCert: true, rejectUnauthorized: true }),
    },
    onSocket,
  );
};
