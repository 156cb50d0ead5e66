import type { ExchangeSummary, TenantId } from "@parapet/model";
import type { ExchangeRow } from "#storage";

/** Hands drained summaries to whoever watches live; a watcher sees its own tenant only. */
export const createSubscriptions = () => {
  const listeners = new Map<(summary: ExchangeSummary) => void, TenantId>();
  return {
    publish: (rows: readonly ExchangeRow[]): void => {
      if (listeners.size === 0) return;
      for (const { tenant, would: _would, search: _search, version: _version, ...summary } of rows) {
        for (const [listener, watched] of listeners) if (watched === tenant) listener(summary);
      }
    },
    subscribe: (tenant: TenantId, listener: (summary: ExchangeSummary) => void): (() => void) => {
      listeners.set(listener, tenant);
      return () => listeners.delete(listener);
    },
  };
};
