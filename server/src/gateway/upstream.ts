import type { Departure } from "./departure.ts";

/** What a gateway asks of whoever answers: a provider over HTTP, or the scripted demo model. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path below the upstream's base URL, with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** What says so far which exchange this is and what was decided; only where a guard's route asks. */
  readonly verdict?: Readonly<Record<string, string>>;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: UpstreamBody;
}

export interface UpstreamBody {
  /** The whole body. Throws the `upstream_too_large` fault above `bytesMax`, and what `take` throws, told of each piece. */
  readonly collect: (bytesMax: number, take?: (bytes: number) => void) => Promise<Buffer>;
  /** Pieces as they arrive; reading slowly slows the upstream down. */
  readonly pieces: () => AsyncIterable<Buffer>;
}

/** `send` throws faults `upstream_unreachable`, `upstream_timeout`, `upstream_reset`; so do the body's readers. */
export interface Upstream {
  readonly send: (request: UpstreamRequest, call: Departure) => Promise<UpstreamResponse>;
  readonly close: () => Promise<void>;
}
