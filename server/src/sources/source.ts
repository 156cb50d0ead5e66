import type { LogSourceBinding, SourceEvent } from "@parapet/model";

/** One record of a payload: an event, nothing of interest, or what is wrong with it. */
export type Decoded =
  | { readonly kind: "event"; readonly event: SourceEvent }
  /** Well-formed, and of no use here (a heartbeat, a stage that comes again). Counted. */
  | { readonly kind: "skipped"; readonly reason: string }
  /** Goes to the dead letters with this sentence, which names the place and the fix. */
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * What a telemetry source is: how its payload falls into records, and how a record becomes an event.
 * Pure: no clock, network, file or randomness. Never throws for bad input.
 */
export interface Source {
  /** Slug; the path is `/ingest/<id>`, and `source` of its events. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What to configure on the sending side, in a few lines of Markdown with the command or setting. */
  readonly setup: string;
  /** Address of the vendor's documentation of the format. */
  readonly reference: string;
  readonly bindings: readonly LogSourceBinding[];
  /** Most bytes of one record. */
  readonly recordBytesMax: number;
  /**
   * Records of a whole payload (one HTTP body, one object of a bucket): arrays, `Records`, `items` and lines of
   * JSON are opened. A record that cannot be cut out is answered as malformed in its place.
   */
  readonly split: (payload: SourcePayload) => Iterable<SplitRecord>;
  readonly decode: (record: unknown, context: DecodeContext) => Decoded;
}

export interface SourcePayload {
  readonly bytes: Uint8Array;
  /** Lower case, without parameters; empty where a transport has none (files, syslog). */
  readonly contentType: string;
  /** What the address says of an OTLP request (`/otlp/v1/<signal>`); absent: told from the bytes. */
  readonly signal?: "traces" | "logs" | "metrics";
}

export type SplitRecord =
  | { readonly ok: true; readonly record: unknown }
  | { readonly ok: false; readonly reason: string; readonly text: string };

export interface DecodeContext {
  /** For records that say no time of their own. */
  readonly receivedAt: string;
}
