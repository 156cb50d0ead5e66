/** Answers of the Gemini API as its documentation shows them. */
import { sendJson, type Reply } from "./replay-upstream.ts";

type Json = Record<string, unknown>;

const usageMetadata = { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 };
const about = { modelVersion: "gemini-replay", responseId: "mAitaLmkHPPlz7IPvtfUqQ4" };

/** One piece of an answer, or all of it. */
export const generated = (parts: readonly Json[], finishReason: string | undefined = "STOP", more: Json = {}) => ({
  candidates: [
    { content: { parts, role: "model" }, ...(finishReason === "" ? {} : { finishReason }), index: 0, ...more },
  ],
  usageMetadata,
  ...about,
});

/** Pieces of a text, a few characters at a time, the last one empty with the reason. */
export const pieces = (text: string, size = 4): readonly unknown[] => [
  ...(text.match(new RegExp(`.{1,${size}}`, "gsu")) ?? []).map((piece) => generated([{ text: piece }], "")),
  generated([{ text: "" }]),
];

export const sse = (events: readonly unknown[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join("");

/** Google's array, one item a line. */
export const array = (events: readonly unknown[]): string =>
  `[${events.map((event) => JSON.stringify(event, null, 2)).join("\n,\r\n")}\n]\n`;

/** Answers in the form that the query asks for. */
export const stream =
  (events: readonly unknown[]): Reply =>
  ({ path }, response) => {
    const asEvents = path.includes("alt=sse");
    response.writeHead(200, { "content-type": asEvents ? "text/event-stream" : "application/json; charset=UTF-8" });
    response.end(asEvents ? sse(events) : array(events));
  };

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (_request, response) =>
    sendJson(response, status, body, headers);

export const rpcError = (code: number, status: string, message: string) => ({
  error: {
    code,
    message,
    status,
    details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "REPLAYED", domain: "googleapis.com" }],
  },
});
