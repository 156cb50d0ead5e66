/** What the gateway counts. Labels come from configuration and closed unions, never from callers. */
export interface GatewayMetrics {
  readonly exchange: (route: string, verdict: string, ms: number) => void;
  readonly fault: (code: string) => void;
}
