import type { StreamEvent, StreamMessage, StreamText } from "#protocols";
import type { StreamChannel } from "./stream-channel.ts";

/** One event as it came: its `data`, its name if it had one, and the bytes it stood in. */
export interface RawEvent extends StreamMessage {
  /** Absent when they hold something besides data and name, which nobody inspects; the event is then written anew. */
  readonly raw: Buffer | undefined;
}

/** An event to send: the bytes as they came, or a new one. */
export type Outgoing = { readonly kind: "raw"; readonly raw: Buffer } | ({ readonly kind: "data" } & StreamMessage);

/** A text of an event in its channel. */
export interface Placed {
  readonly text: StreamText;
  readonly channel: StreamChannel;
  /** Where it ended in its channel, so that an event that waited is let go as it came; undefined when it repeats it. */
  readonly end: number | undefined;
}

/** An event that was inspected and may not be let go yet. */
export interface Waiting {
  readonly event: RawEvent;
  readonly decoded: StreamEvent;
  readonly placed: readonly Placed[];
}
