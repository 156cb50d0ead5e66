/** Counters and small values shared by the gateways of one installation. Keys begin with the tenant. */
export interface SharedState {
  /** Adds to a counter of a fixed window and answers the new total. */
  increment(key: string, amount: number, windowMs: number, nowMs: number): Promise<number>;
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  close(): Promise<void>;
}
