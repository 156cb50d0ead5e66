// A scripted judge that speaks OpenAI's chat completions: it stands in for a model of yours, and prints what it is shown.
import { createServer } from "node:http";

const say = (line) => process.stdout.write(`${line}\n`);

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { messages, model } = JSON.parse(Buffer.concat(pieces).toString("utf8"));
  const shown = messages.at(-1).content;
  // A real model reads the instructions in the system message; this one knows a few words.
  const attack = /\b(void|forget|disregard|from now on)\b/i.test(shown) ? 0.97 : 0.03;
  say(`shown:\n${shown}\nanswered: ${attack}`);
  const message = { role: "assistant", content: JSON.stringify({ attack }) };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      id: "chatcmpl-judge",
      object: "chat.completion",
      created: Math.floor(Date.now() / 1000),
      model,
      choices: [{ index: 0, message, finish_reason: "stop" }],
    }),
  );
});
server.listen(Number(process.env.PORT ?? 4198), "127.0.0.1", () =>
  say(`the judge listens on http://127.0.0.1:${server.address().port}/v1`),
);
