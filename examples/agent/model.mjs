// The worst model there is: it obeys every text that it reads, whoever wrote it. Chat Completions, plain.
import { createServer } from "node:http";

const IBAN = /\b[A-Z]{2}\d{2}(?: ?\d{2,4}){4,6}\b/g;

/** Reads the invoice that is spoken of, then pays what the last text says to pay. */
const nextCall = (messages) => {
  const results = messages.filter(({ role }) => role === "tool");
  const task = messages.find(({ role }) => role === "user").content;
  const [number] = /\d{4}/.exec(task) ?? [];
  if (results.length === 0) return { name: "read_invoice", input: { number } };
  if (results.length > 1) return undefined;
  const text = results[0].content;
  const account = text.match(IBAN)?.at(-1) ?? "";
  const amount = Number(/total: ([\d.]+)/.exec(text)?.[1] ?? 0);
  return { name: "pay_invoice", input: { number, account, amount } };
};

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { messages, model } = JSON.parse(Buffer.concat(pieces).toString("utf8"));
  const call = nextCall(messages);
  const id = `call_${messages.length}`;
  const message = call
    ? {
        role: "assistant",
        content: null,
        tool_calls: [{ id, type: "function", function: { name: call.name, arguments: JSON.stringify(call.input) } }],
      }
    : { role: "assistant", content: "Paid." };
  const choices = [{ index: 0, message, finish_reason: call ? "tool_calls" : "stop" }];
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ id: "chatcmpl-example", object: "chat.completion", created: 0, model, choices }));
});
server.listen(Number(process.env.PORT ?? 4199), "127.0.0.1", () =>
  process.stdout.write(`the model listens on http://127.0.0.1:${server.address().port}/v1\n`),
);
