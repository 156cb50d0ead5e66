/**
 * The cheapest model server that is still HTTP: answers every complete request with the same bytes.
 * One that asks for the model `bench-paced` gets them an event at a time. Written on `net`, because it must never be what is measured.
 */
import { createServer, type Socket } from "node:net";

const body = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "bench",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "The measured answer, one sentence long.", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 500, completion_tokens: 8, total_tokens: 508 },
});
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: keep-alive\r\n\r\n${body}`,
);
const events = ["The ", "measured ", "answer, ", "in ", "a ", "few ", "pieces."].map((content) => ({
  id: "chatcmpl-bench",
  object: "chat.completion.chunk",
  created: 1_760_000_000,
  model: "bench",
  choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
}));
const chunks = [
  ...events.map((event) => JSON.stringify(event)),
  JSON.stringify({ ...events[0], choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }] }),
  "[DONE]",
]
  .map((data) => `data: ${data}\n\n`)
  .map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`);
const head =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n";
const stream = Buffer.from(`${head}${chunks.join("")}0\r\n\r\n`);

/** The same stream, an event every few milliseconds, as models send them. */
const PACE_MS = 5;
const sendPaced = (socket: Socket): void => {
  socket.write(head + (chunks[0] ?? ""));
  let sent = 1;
  const timer = setInterval(() => {
    const last = sent === chunks.length - 1;
    socket.write((chunks[sent] ?? "") + (last ? "0\r\n\r\n" : ""));
    sent += 1;
    if (last || socket.destroyed) clearInterval(timer);
  }, PACE_MS);
};

const END = Buffer.from("\r\n\r\n");
const STREAM = Buffer.from('"stream":true');
const PACED = Buffer.from('"model":"bench-paced"');

createServer((socket) => {
  socket.setNoDelay(true);
  let held: Buffer = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (piece: Buffer) => {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    for (;;) {
      const headEnd = held.indexOf(END);
      if (headEnd === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(held.toString("latin1", 0, headEnd))?.[1] ?? 0);
      const total = headEnd + 4 + length;
      if (held.length < total) return;
      const body = held.subarray(headEnd, total);
      if (body.includes(PACED)) sendPaced(socket);
      else socket.write(body.includes(STREAM) ? stream : answer);
      held = held.subarray(total);
    }
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
