import type { Clock, Logger } from "#platform";
import type { SourcePayload } from "#sources";

/** What a transport remembers over restarts, by a name of its own. */
export interface Positions {
  readonly get: (name: string) => Promise<string | undefined>;
  readonly list: (prefix: string) => Promise<readonly { readonly name: string; readonly value: string }[]>;
  /** An empty value forgets. */
  readonly put: (name: string, value: string) => Promise<void>;
}

/** What a transport stands on. It knows bytes, and nothing of records. */
export interface TransportTools {
  /**
   * Offers a payload until it is durable. True once it is; false when the end came first, and then the position
   * must not move. What its source cannot read is durable too, among the dead letters.
   */
  readonly deliver: (payload: SourcePayload) => Promise<boolean>;
  readonly positions: Positions;
  /** Says why the transport cannot do its work; undefined once it can. */
  readonly setProblem: (problem: string | undefined) => void;
  /** Records that could not be waited for. */
  readonly lost: (records: number) => void;
  /** Aborted when the transport has to end. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One way in which telemetry arrives without being pushed over HTTP. */
export interface Transport {
  /** Resolves when it has ended, after the signal. Rejects for what a restart of it may mend. */
  readonly run: () => Promise<void>;
}
