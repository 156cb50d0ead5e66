// A model server that repeats what it was asked, and prints it: so one sees what left the gateway.
import { createServer } from "node:http";

const say = (line) => process.stdout.write(`${line}\n`);

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { messages, model, stream } = JSON.parse(Buffer.concat(pieces).toString("utf8"));
  const asked = messages.at(-1).content;
  say(`the model sees:   ${asked}`);
  const content = `I have noted this: ${asked}`;
  const head = { id: "chatcmpl-example", created: Math.floor(Date.now() / 1000), model };
  if (!stream) {
    const message = { role: "assistant", content };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify({ ...head, object: "chat.completion", choices }));
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (delta, finish_reason = null) =>
    response.write(
      `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`,
    );
  // A few characters at a time, as models do; no token arrives whole.
  for (let at = 0; at < content.length; at += 5) send({ content: content.slice(at, at + 5) });
  send({}, "stop");
  response.end("data: [DONE]\n\n");
});
server.listen(Number(process.env.PORT ?? 4199), "127.0.0.1", () =>
  say(`the model listens on http://127.0.0.1:${server.address().port}/v1`),
);
