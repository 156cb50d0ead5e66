/** What the gateway counts. Labels come from configuration and closed unions, never from callers. */
export interface GatewayMetrics {
  readonly exchange: (route: string, verdict: string, ms: number) => void;
  /** Values that the upstream saw as tokens, and values that went back to the caller. */
  readonly masking: (route: string, counts: { readonly masked: number; readonly restored: number }) => void;
  /** An answer in which the model declined. */
  readonly refusal: (route: string) => void;
  /** A tool call that the model proposed: its gravest effect, and what was decided about it. */
  readonly toolCall: (effect: string, decision: string) => void;
  readonly fault: (code: string) => void;
}
