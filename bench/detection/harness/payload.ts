import type { SourcePayload } from "@parapet/server/sources";
import type { Signal } from "../payloads/signal.ts";

/** What their sender would push in one request: lists of spans, lines of text, objects one a line. */
export const payloadOf = (source: string, signals: readonly Signal[]): SourcePayload => {
  const records = signals.map(({ record }) => record);
  if (source === "otlp")
    return {
      bytes: Buffer.from(JSON.stringify({ resourceSpans: records })),
      contentType: "application/json",
      signal: "traces",
    };
  const lines = records.map((record) => (typeof record === "string" ? record : JSON.stringify(record)));
  return {
    bytes: Buffer.from(lines.join("\n")),
    contentType: typeof records[0] === "string" ? "" : "application/x-ndjson",
  };
};
