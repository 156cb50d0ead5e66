/**
 * Time to the first streamed byte: one connection, one request after the other, each with a new 2 KB prompt; the
 * upstream sends its events 5 ms apart. Prints JSON. `node first-byte.ts PORT UPSTREAM [REQUESTS]`, started by run.ts.
 *
 * Written on `net`, so that the client costs little. What is measured ends when the first event has arrived: headers
 * alone do not count, and text that a gateway holds back until it is known to be harmless counts as not arrived.
 */
import { createConnection } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { newText } from "../store/records.ts";

const [port = "", upstream = "", requests = "120"] = process.argv.slice(2);
const UNCOUNTED = 150;

const SYSTEM =
  "You are a careful assistant of a manufacturing company. Answer briefly, cite the figures you were given.";

const requestOf = (): Buffer => {
  const messages = [
    { role: "system", content: SYSTEM },
    { role: "user", content: newText(2_000) },
  ];
  const body = JSON.stringify({ model: "bench-paced", messages, stream: true });
  const head = [
    "POST /v1/chat/completions HTTP/1.1",
    "host: 127.0.0.1",
    "content-type: application/json",
    `content-length: ${String(Buffer.byteLength(body))}`,
    "authorization: Bearer sk-bench",
    "x-portkey-provider: openai",
    `x-portkey-custom-host: ${upstream}/v1`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
};

const socket = createConnection(Number(port), "127.0.0.1");
socket.setNoDelay(true);
let onData: (piece: Buffer) => void = () => undefined;
let onBroken: (error: Error) => void = () => undefined;
socket.on("data", (piece: Buffer) => onData(piece));
socket.on("error", (error) => onBroken(error));
socket.on("close", () => onBroken(new Error("the connection was closed")));

interface Times {
  readonly firstMs: number;
  readonly contentMs: number;
}

const exchange = (): Promise<Times> =>
  new Promise((resolve, reject) => {
    onBroken = reject;
    let text = "";
    let firstMs = Number.NaN;
    let contentMs = Number.NaN;
    const request = requestOf();
    const start = performance.now();
    onData = (piece) => {
      const now = performance.now() - start;
      text += piece.toString("latin1");
      if (Number.isNaN(firstMs) && text.includes("data: ")) firstMs = now;
      if (Number.isNaN(contentMs) && /"content":"[^"]/.test(text)) contentMs = now;
      if (!text.endsWith("0\r\n\r\n")) return;
      if (!text.startsWith("HTTP/1.1 200")) reject(new Error(text.slice(0, 200)));
      else resolve({ firstMs, contentMs });
    };
    socket.write(request);
  });

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

for (let index = 0; index < UNCOUNTED; index++) await exchange();
const times: Times[] = [];
for (let index = 0; index < Number(requests); index++) {
  times.push(await exchange());
  // What the end of one exchange costs does not belong to the next one.
  await pause(2);
}
const first = times.map(({ firstMs }) => firstMs);
const content = times.map(({ contentMs }) => contentMs);
console.log(
  JSON.stringify({
    firstP50: at(first, 0.5),
    firstP99: at(first, 0.99),
    contentP50: at(content, 0.5),
    contentP99: at(content, 0.99),
  }),
);
process.exit(0);
