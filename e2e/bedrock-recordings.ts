/** Answers of Bedrock's runtime as its documentation shows them. */
import { formatEventFrame } from "@parapet/server/platform";
import { sendJson, type Reply } from "./replay-upstream.ts";

type Json = Record<string, unknown>;
const usage = { inputTokens: 11, outputTokens: 7, totalTokens: 18 };
const metrics = { latencyMs: 5 };

export const converse = (content: readonly Json[], stopReason = "end_turn") => ({
  output: { message: { role: "assistant", content } },
  stopReason,
  usage,
  metrics,
});

/** Frames that the SDK's own codec reads, too. */
export const frame = (name: string, payload: unknown): Buffer => formatEventFrame(JSON.stringify({ [name]: payload }));

const delta = (contentBlockIndex: number, one: Json) =>
  frame("contentBlockDelta", { contentBlockIndex, delta: one, p: "abcdefgh" });
const end = (stopReason: string): readonly Buffer[] => [
  frame("messageStop", { stopReason }),
  frame("metadata", { usage, metrics }),
];

/** Frames of a text, one for each piece. */
export const textFrames = (pieces: readonly string[]): readonly Buffer[] => [
  frame("messageStart", { role: "assistant", p: "abc" }),
  ...pieces.map((piece) => delta(0, { text: piece })),
  frame("contentBlockStop", { contentBlockIndex: 0 }),
  ...end("end_turn"),
];

/** Frames of a call whose arguments come a few characters at a time. */
export const callFrames = (input: unknown): readonly Buffer[] => [
  frame("messageStart", { role: "assistant" }),
  frame("contentBlockStart", { contentBlockIndex: 0, start: { toolUse: { toolUseId: "t1", name: "note" } } }),
  ...(JSON.stringify(input).match(/.{1,5}/gs) ?? []).map((piece) => delta(0, { toolUse: { input: piece } })),
  frame("contentBlockStop", { contentBlockIndex: 0 }),
  ...end("tool_use"),
];

/** Events of Anthropic's messages as `InvokeModelWithResponseStream` carries them. */
export const chunkFrames = (events: readonly unknown[]): readonly Buffer[] =>
  events.map((event) => frame("chunk", { bytes: Buffer.from(JSON.stringify(event)).toString("base64"), p: "abcdef" }));

export const frames =
  (all: readonly Buffer[], cutAt?: number): Reply =>
  (_request, response) => {
    response.writeHead(200, {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-bedrock-content-type": "application/json",
    });
    const bytes = Buffer.concat(all);
    if (cutAt === undefined) return void response.end(bytes);
    response.write(bytes.subarray(0, cutAt));
    setImmediate(() => response.end(bytes.subarray(cutAt)));
  };

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (_request, response) =>
    sendJson(response, status, body, headers);
