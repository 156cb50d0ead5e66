/**
 * A model server that speaks at a steady pace: one token per interval. `max_tokens` says for how long.
 * Arguments: port, interval in ms.
 */
import { createServer } from "node:http";

const [port, interval] = process.argv.slice(2).map(Number);
const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1, model: "bench", choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })}\n\n`;
const word = chunk({ content: "steadily " }, null);
const end = `${chunk({}, "stop")}data: [DONE]\n\n`;
const whole = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1,
  model: "bench",
  choices: [{ index: 0, message: { role: "assistant", content: "Read." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
// Both stand at the end of the body.
const STREAM = /"max_tokens":(\d+),"stream":true\}$/;

createServer({ noDelay: true }, (request, response) => {
  let tail = "";
  request.on(
    "data",
    (piece: Buffer) => (tail = (tail + piece.toString("latin1", Math.max(0, piece.length - 64))).slice(-64)),
  );
  request.on("end", () => {
    const tokens = Number(STREAM.exec(tail)?.[1] ?? 0);
    if (tokens === 0) {
      response.writeHead(200, { "content-type": "application/json" }).end(whole);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      if (sent < tokens) response.write(word);
      else {
        clearInterval(timer);
        response.end(end);
      }
    }, interval);
    response.on("close", () => clearInterval(timer));
  });
}).listen(port, "127.0.0.1");
