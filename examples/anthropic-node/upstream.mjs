// A stand-in for Anthropic's Messages API on port 4190, so that the example needs no key.
import { createServer } from "node:http";

const WORDS = "After the last frost, in full sun, as deep as its first leaves.".match(/\S+\s*/g) ?? [];

createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const message = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "stand-in",
      content: [],
      stop_reason: null,
    };
    const usage = { input_tokens: 9, output_tokens: WORDS.length };
    const events = [
      { type: "message_start", message: { ...message, stop_sequence: null, usage } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      ...WORDS.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
      { type: "message_stop" },
    ];
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  });
}).listen(4190, "127.0.0.1");
