import { FAILED_STATES, type ExchangeSummary } from "@parapet/model";
import type { ExchangesSearch } from "./params.ts";

const isSame = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted === value;

/** Whether an exchange that arrives live belongs in a filtered list; the same meaning as the API's filters. */
export const matchesFilters = (exchange: ExchangeSummary, filters: ExchangesSearch): boolean => {
  if (filters.only === "stopped" && exchange.verdict !== "block" && exchange.verdict !== "hold") return false;
  if (filters.only === "unscannable" && exchange.unscannable === 0) return false;
  if (filters.only === "failed" && !FAILED_STATES.includes(exchange.state)) return false;
  // What arrives does not say what enforcing would have done, only that something was noted.
  if (filters.only === "would" && exchange.verdict !== "observe") return false;
  if (filters.category !== undefined && !exchange.categories.includes(filters.category)) return false;
  if (filters.q !== undefined) {
    const { id, principal, session, model, route, policy = "", agent = "" } = exchange;
    const words = [id, principal, session, model, route, policy, agent, ...exchange.categories].join(" ").toLowerCase();
    if (!words.includes(filters.q.toLowerCase())) return false;
  }
  return (
    isSame(filters.route, exchange.route) &&
    isSame(filters.session, exchange.session) &&
    isSame(filters.principal, exchange.principal) &&
    isSame(filters.model, exchange.model) &&
    isSame(filters.policy, exchange.policy) &&
    isSame(filters.verdict, exchange.verdict) &&
    isSame(filters.state, exchange.state)
  );
};
