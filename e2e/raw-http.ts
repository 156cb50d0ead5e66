import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Everything that came, also a second answer on the same connection. */
  readonly all: string;
}

export interface RawOptions {
  readonly withinMs?: number;
  /** Goes on behind the first answer. */
  readonly untilClose?: boolean;
}

/** Sends exact bytes and reads until the server closes, or until an answer is whole. */
export const sendRaw = (
  port: number,
  bytes: string | Buffer,
  { withinMs = 5_000, untilClose = false }: RawOptions = {},
): Promise<RawAnswer> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let received = "";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parseAnswer(received));
    };
    const timer = setTimeout(finish, withinMs);
    socket.on("data", (piece: Buffer) => {
      received += piece.toString("latin1");
      if (!untilClose && isWhole(received)) finish();
    });
    socket.on("end", finish);
    socket.on("error", finish);
    socket.write(bytes);
  });

/** Whether one answer with a Content-Length has arrived whole; interim answers (1xx) do not count. */
const isWhole = (received: string): boolean => {
  const { head, body } = parseAnswer(received);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length !== undefined && Buffer.byteLength(body, "latin1") >= Number(length);
};

export const parseAnswer = (all: string): RawAnswer => {
  const rest = all.replace(/^(?:HTTP\/1\.1 1\d\d [^\r]*\r\n(?:[^\r\n]+\r\n)*\r\n)+/, "");
  const end = rest.indexOf("\r\n\r\n");
  const head = end === -1 ? rest : rest.slice(0, end);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: end === -1 ? "" : rest.slice(end + 4),
    all,
  };
};

export interface Posted {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** False when the connection broke before the end. */
  readonly complete: boolean;
}

/** One request as it is; nothing is added but what `node:http` must. Never rejects for what a server does. */
export const post = (
  url: string,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
  method = "POST",
): Promise<Posted> =>
  new Promise((resolve) => {
    const broken = (): void => resolve({ status: 0, headers: {}, text: "", complete: false });
    const call = httpRequest(
      url,
      {
        method,
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers },
      },
      (response) => {
        const pieces: Buffer[] = [];
        const finish = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(pieces).toString("utf8"),
            complete: response.complete,
          });
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", finish);
        response.on("error", finish);
      },
    );
    call.on("error", broken);
    call.end(body);
  });

export const chatBody = (text: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ model: "gpt-replay", messages: [{ role: "user", content: text }], ...more });

export const chat = (
  url: string,
  text: string,
  more: Record<string, unknown> = {},
  headers: OutgoingHttpHeaders = {},
): Promise<Posted> => post(`${url}/chat/completions`, chatBody(text, more), headers);

export const isOpen = (socket: Socket): boolean => !socket.destroyed && socket.readyState === "open";

export const portOf = (url: string): number => Number(new URL(url).port);

/** Text of all content deltas of a stream, choice 0. */
export const streamedText = (sse: string): string =>
  sse
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)).choices?.[0]?.delta?.content ?? "")
    .join("");
