import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** What a scenario sees: the request's JSON, and the socket, to do with as a broken provider would. */
export type Scenario = (socket: Socket, request: any) => void;

/** A model server made of bare sockets. The first user message names the scenario. */
export const startWireUpstream = async (scenarios: Readonly<Record<string, Scenario>>) => {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on("data", (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(received.toString("latin1", 0, end))?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      const request = JSON.parse(received.toString("utf8", end + 4, end + 4 + length));
      received = received.subarray(end + 4 + length);
      const name = request.messages[0].content;
      asked.push(name);
      scenarios[name]?.(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    connections: () => sockets.size,
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

const STATUS_WORDS: Readonly<Record<number, string>> = {
  200: "OK",
  302: "Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export const headOf = (status: number, headers: Readonly<Record<string, string>>): string =>
  `HTTP/1.1 ${status} ${STATUS_WORDS[status] ?? "Status"}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;

/** A whole answer with a right length. */
export const whole = (
  status: number,
  type: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer =>
  Buffer.concat([
    Buffer.from(
      headOf(status, { "content-type": type, "content-length": String(Buffer.byteLength(body)), ...headers }),
    ),
    Buffer.from(body),
  ]);

export const STREAM_HEAD = headOf(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" });

/** One HTTP chunk that holds server-sent events. */
export const chunkOf = (text: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n`), Buffer.from(text), Buffer.from("\r\n")]);

export const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
export const LAST_CHUNK = "0\r\n\r\n";
