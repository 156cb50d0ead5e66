import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectPlain } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { acceptHttp2, type Http2Door } from "./http2-door.ts";
import { listen } from "./listener.ts";

let server: Server;
let door: Http2Door;
let session: ClientHttp2Session | undefined;

const start = async (): Promise<number> => {
  server = createServer((request, response) => {
    if (request.url === "/breaks") {
      response.writeHead(200, { "content-length": "9" });
      response.write("abc", () => response.destroy());
      return;
    }
    void text(request).then((body) => {
      const { host, note } = request.headers;
      response.writeHead(201, { "x-seen": "yes", connection: "close" });
      response.end(JSON.stringify([request.method, request.url, host, note ?? "", request.socket.remoteAddress, body]));
    });
  });
  door = acceptHttp2(server, { headerBytesMax: 16_384, firstByteMs: 5_000 });
  return listen(server, { host: "127.0.0.1", port: 0 });
};
const ask = (headers: OutgoingHttpHeaders, body = ""): Promise<readonly [number | undefined, string]> =>
  new Promise((resolve, reject) => {
    const stream = session?.request(headers, { endStream: false });
    let status: number | undefined;
    stream?.on("response", (head) => {
      status = head[":status"];
    });
    stream?.on("error", reject);
    if (stream !== undefined) text(stream).then((said) => resolve([status, said]), reject);
    stream?.end(body);
  });

afterEach(async () => {
  session?.destroy();
  session = undefined;
  door.close();
  door.destroy();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

test("streams of HTTP/2 are requests like others, beside HTTP/1.1 on the same port", async () => {
  const port = await start();
  session = connect(`http://127.0.0.1:${port}`);
  const host = `127.0.0.1:${port}`;
  const answers = await Promise.all([
    ask({ ":method": "POST", ":path": "/a?b=c", note: "n" }, "x".repeat(200_000)),
    ask({ ":path": "/d" }),
  ]);
  expect(answers.map(([status, said]) => [status, JSON.parse(said)])).toEqual([
    [201, ["POST", "/a?b=c", host, "n", "127.0.0.1", "x".repeat(200_000)]],
    [201, ["GET", "/d", host, "", "127.0.0.1", ""]],
  ]);
  const plain = await new Promise<number | undefined>((resolve, reject) => {
    const call = httpRequest({ port, host: "127.0.0.1", path: "/e" }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("error", reject);
    call.end();
  });
  expect(plain).toBe(201);
});

test("an answer that breaks off is an error of its stream, and no end", async () => {
  session = connect(`http://127.0.0.1:${await start()}`);
  await expect(ask({ ":path": "/breaks" })).rejects.toThrow();
  expect((await ask({ ":path": "/after" }))[0]).toBe(201);
});

test("a connection that says nothing does not keep the server open", async () => {
  const socket = connectPlain({ port: await start(), host: "127.0.0.1" });
  await new Promise<void>((resolve) => server.once("connection", () => resolve()));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  door.close();
  await closed;
});
