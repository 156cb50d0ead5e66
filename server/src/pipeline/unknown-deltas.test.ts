import { expect, test } from "vitest";
import { PROTOCOLS } from "#protocols";
import { openRoad, policies, rawEvent, NO_CONTEXT, requestOf, SECRET } from "./pipeline.fixture.ts";
import { createStreamGuard } from "./stream-guard.ts";

type Pieces = (piece: string) => object;
const at = { output_index: 0, content_index: 0 };
const message = { id: "m", type: "message", role: "assistant", content: [] };

/** Streams with a text in a field that no format knows yet: what begins it, its pieces, what ends it. */
const STREAMS: readonly (readonly [string, readonly object[], Pieces, readonly object[]])[] = [
  [
    "POST /chat/completions",
    [],
    (later) => ({
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta: { later } }],
    }),
    [{ object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }],
  ],
  [
    "POST /responses",
    [{ type: "response.output_item.added", output_index: 0, item: message }],
    (delta) => ({ type: "response.later.delta", ...at, delta }),
    [{ type: "response.completed", response: { status: "completed", output: [] } }],
  ],
  [
    "POST /responses",
    [],
    (delta) => ({ type: "response.output_text.delta", delta }),
    [{ type: "response.completed", response: { status: "completed", output: [] } }],
  ],
  [
    "POST /completions",
    [],
    (later) => ({ id: "c", object: "text_completion", choices: [{ index: 0, text: "", later }] }),
    [{ choices: [{ index: 0, text: "", finish_reason: "stop" }] }],
  ],
  [
    "POST /v1/messages",
    [{ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }],
    (later) => ({ type: "content_block_delta", index: 0, delta: { type: "later_delta", later } }),
    [{ type: "content_block_stop", index: 0 }, { type: "message_stop" }],
  ],
  [
    "POST /api/chat",
    [],
    (later) => ({ model: "m", message: { role: "assistant", content: "", later } }),
    [{ done: true }],
  ],
  ["POST /api/generate", [], (later) => ({ model: "m", later }), [{ done: true }]],
];

test.each(STREAMS)(
  "%s: a secret cut in two in a field that nobody knows never comes out",
  async (name, begin, piece, end) => {
    const endpoint = PROTOCOLS.flatMap(({ endpoints }) => endpoints).find((one) => one.name === name);
    for (const cut of [4, 12, 30]) {
      const { exchange } = openRoad({ policies });
      exchange.judgeRequest(requestOf([]), NO_CONTEXT);
      const decoder = endpoint?.streamDecoder?.(0);
      if (decoder === undefined) throw new Error("it does not stream");
      const guard = createStreamGuard(exchange, decoder);
      const text = `Take ${SECRET} now`;
      const events = [...begin, piece(text.slice(0, 5 + cut)), piece(text.slice(5 + cut)), ...end];
      let shown = "";
      for (const event of events)
        for (const one of (await guard.push(rawEvent(JSON.stringify(event)))).outgoing)
          shown += one.kind === "raw" ? one.raw.toString() : one.data;
      expect(shown).toMatch(/\[REDACTED:[a-z-]+\]/);
      expect(shown).not.toContain(SECRET.slice(0, 5 + cut));
      expect(shown).not.toContain(SECRET.slice(cut));
    }
  },
);
