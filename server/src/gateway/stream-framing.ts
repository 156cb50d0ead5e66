import { formatSse, LinesParser, SseParser, type SseItem, type SseOptions } from "#platform";
import type { Endpoint, StreamMessage } from "#protocols";

/** How the events of a stream stand in its bytes. */
export interface StreamFraming {
  /** Media type of the upstream's stream, and of ours. */
  readonly type: string;
  readonly contentType: string;
  readonly parser: (options: SseOptions) => {
    readonly push: (chunk: Uint8Array) => SseItem[];
    readonly end: () => SseItem[];
  };
  readonly format: (message: StreamMessage) => string;
  /** What readers pass over; empty where there is no such thing. */
  readonly heartbeat: string;
}

export const SSE: StreamFraming = {
  type: "text/event-stream",
  contentType: "text/event-stream; charset=utf-8",
  parser: (options) => new SseParser(options),
  format: ({ data, name }) => formatSse(data, name),
  // A comment of our own: what an upstream writes in comments was inspected by nobody.
  heartbeat: ":\n\n",
};

const LINES: StreamFraming = {
  type: "application/x-ndjson",
  contentType: "application/x-ndjson",
  parser: (options) => new LinesParser(options),
  format: ({ data }) => `${data}\n`,
  heartbeat: "",
};

export const framingOf = ({ framing }: Pick<Endpoint, "framing">): StreamFraming => (framing === "lines" ? LINES : SSE);
