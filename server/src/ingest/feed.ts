import type { CaptureMode, SourceConfiguration, TenantId } from "@parapet/model";
import type { Source } from "#sources";

/** One configured source: what is known of a sender before it sends. */
export interface Feed {
  readonly tenant: TenantId;
  readonly id: string;
  readonly source: Source;
  readonly capture: CaptureMode;
  readonly quota: SourceConfiguration["quota"];
  /** Undefined: silence is no alarm. */
  readonly silentAfterMs: number | undefined;
  readonly transport: SourceConfiguration["transport"]["kind"];
  /** What senders present, by value; undefined where none can be pushed. */
  readonly credential: string | undefined;
}
