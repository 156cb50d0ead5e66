import type { SharedState, StoredKey } from "#storage";

const WINDOW_MS = 60_000;

export type LimitCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterSeconds: number; readonly what: string };

export interface RateLimits {
  /** Counts a request before it is read further. */
  readonly admit: (key: StoredKey, nowMs: number) => Promise<LimitCheck>;
  /** Counts tokens that were used; what goes over is refused at the next {@link RateLimits.admit}. */
  readonly spend: (key: StoredKey, tokens: number, nowMs: number) => Promise<void>;
}

/** Fixed windows of one minute, shared by all gateways of the installation. */
export const createRateLimits = (state: SharedState): RateLimits => {
  const name = (key: StoredKey, what: string): string => `${key.tenant}/limit/${key.id}/${what}`;
  const over = (what: string, nowMs: number): LimitCheck => ({
    ok: false,
    what,
    retryAfterSeconds: Math.ceil((WINDOW_MS - (nowMs % WINDOW_MS)) / 1_000),
  });

  return {
    admit: async (key, nowMs) => {
      if (key.requestsPerMinute !== undefined) {
        const count = await state.increment(name(key, "requests"), 1, WINDOW_MS, nowMs);
        if (count > key.requestsPerMinute) return over("requests per minute", nowMs);
      }
      if (key.tokensPerMinute !== undefined) {
        const spent = await state.increment(name(key, "tokens"), 0, WINDOW_MS, nowMs);
        if (spent >= key.tokensPerMinute) return over("tokens per minute", nowMs);
      }
      return { ok: true };
    },
    spend: async (key, tokens, nowMs) => {
      if (key.tokensPerMinute !== undefined && tokens > 0) {
        await state.increment(name(key, "tokens"), tokens, WINDOW_MS, nowMs);
      }
    },
  };
};
