/**
 * The cheapest model server that is still HTTP: answers every complete request with the same bytes.
 * Written on `net`, because it must never be what is measured.
 */
import { createServer } from "node:net";

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
const stream = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n${[
    ...events.map((event) => JSON.stringify(event)),
    JSON.stringify({ ...events[0], choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }] }),
    "[DONE]",
  ]
    .map((data) => `data: ${data}\n\n`)
    .map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`)
    .join("")}0\r\n\r\n`,
);
const END = Buffer.from("\r\n\r\n");
const STREAM = Buffer.from('"stream":true');

createServer((socket) => {
  socket.setNoDelay(true);
  let held: Buffer = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (piece: Buffer) => {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    for (;;) {
      const head = held.indexOf(END);
      if (head === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(held.toString("latin1", 0, head))?.[1] ?? 0);
      const total = head + 4 + length;
      if (held.length < total) return;
      socket.write(held.subarray(head, total).includes(STREAM) ? stream : answer);
      held = held.subarray(total);
    }
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
