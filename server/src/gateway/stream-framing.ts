import {
  EventStreamParser,
  formatEventFrame,
  formatSse,
  JsonArrayParser,
  LinesParser,
  SseParser,
  type SseItem,
  type SseOptions,
} from "#platform";
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
  readonly format: (message: StreamMessage) => string | Buffer;
  /** What stands before the first event, between two, and behind the last; absent where nothing does. */
  readonly list?: { readonly open: string; readonly between: string; readonly close: string };
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

const ARRAY: StreamFraming = {
  type: "application/json",
  contentType: "application/json; charset=utf-8",
  parser: (options) => new JsonArrayParser(options),
  format: ({ data }) => data,
  list: { open: "[", between: ",\r\n", close: "]" },
  heartbeat: "",
};

const FRAMES: StreamFraming = {
  type: "application/vnd.amazon.eventstream",
  contentType: "application/vnd.amazon.eventstream",
  parser: (options) => new EventStreamParser(options),
  format: ({ data }) => formatEventFrame(data),
  heartbeat: "",
};

const asksForEvents = (query: string): boolean => /[?&]alt=sse(?:&|$)/.test(query);

/** `query`: of the request, with its question mark. */
export const framingOf = ({ framing }: Pick<Endpoint, "framing">, query: string): StreamFraming => {
  if (framing === "lines") return LINES;
  if (framing === "event-stream") return FRAMES;
  return framing === "array" && !asksForEvents(query) ? ARRAY : SSE;
};

/** The bytes of events that are all there is. */
export const wholeStream = ({ format, list }: StreamFraming, messages: readonly StreamMessage[]): Buffer => {
  const pieces = messages.flatMap((message, at) => [
    Buffer.from(at === 0 ? (list?.open ?? "") : (list?.between ?? "")),
    Buffer.from(format(message)),
  ]);
  return Buffer.concat([...pieces, Buffer.from(list?.close ?? "")]);
};
