import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** How the upstream answers a request; wire-level, so that failures can be shown in each phase. */
export type Reply = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

/** A local model server that replays what a test gives it, and keeps what it received. */
export const startReplayUpstream = async () => {
  const received: ReceivedRequest[] = [];
  let reply: Reply = (_request, response) => sendJson(response, 200, completion("Hello."));
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(pieces).toString("utf8") };
      received.push(one);
      void reply(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    received,
    answer: (next: Reply): void => {
      reply = next;
    },
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

export const sendJson = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};

/** A chat completion as the provider's documentation shows it. */
export const completion = (content: string | null, message: Record<string, unknown> = {}, finishReason = "stop") => ({
  id: "chatcmpl-replay",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "gpt-replay",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content, refusal: null, ...message },
      logprobs: null,
      finish_reason: finishReason,
    },
  ],
  usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
});

export const chunk = (delta: Record<string, unknown>, finishReason: string | null = null, index = 0) => ({
  id: "chatcmpl-replay",
  object: "chat.completion.chunk",
  created: 1_760_000_000,
  model: "gpt-replay",
  choices: [{ index, delta, logprobs: null, finish_reason: finishReason }],
});

/** Events of a text that comes a few characters at a time. */
export const textChunks = (text: string, size = 4): unknown[] => [
  chunk({ role: "assistant", content: "" }),
  ...Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    chunk({ content: text.slice(at * size, at * size + size) }),
  ),
  chunk({}, "stop"),
];

/** Sends events as a provider does; `pauseMs` between them. */
export const sendStream = async (response: ServerResponse, events: readonly unknown[], pauseMs = 0): Promise<void> => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) {
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  response.end("data: [DONE]\n\n");
};
