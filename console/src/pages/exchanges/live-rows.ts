import type { ExchangeSummary } from "@parapet/model";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ExchangeFilters } from "../../api/queries.ts";
import { useLiveExchanges, type LiveState } from "../../api/live.ts";
import { matchesFilters } from "../../search/matches.ts";
import { withArrival } from "./rows.ts";

const LIVE_MAX = 1_000;

/**
 * Rows that arrived since the list was read. While the reader is further down they wait,
 * counted, so that nothing moves under the eyes.
 */
export const useLiveRows = (
  filters: ExchangeFilters,
  paused: boolean,
  atTop: boolean,
): {
  readonly shown: readonly ExchangeSummary[];
  readonly waiting: number;
  readonly state: LiveState;
  readonly show: () => void;
} => {
  const [arrived, setArrived] = useState<readonly ExchangeSummary[]>([]);
  const [shown, setShown] = useState<readonly ExchangeSummary[]>([]);
  const latest = useRef(filters);
  const key = JSON.stringify(filters);
  useEffect(() => {
    latest.current = filters;
  });
  useEffect(() => {
    setArrived([]);
    setShown([]);
  }, [key]);
  const onExchange = useCallback((exchange: ExchangeSummary) => {
    if (matchesFilters(exchange, latest.current)) setArrived((rows) => withArrival(rows, exchange, LIVE_MAX));
  }, []);
  const state = useLiveExchanges(paused, onExchange);
  useEffect(() => {
    if (atTop) setShown(arrived);
  }, [atTop, arrived]);
  const waiting = useMemo(() => {
    const known = new Set(shown.map((row) => row.id));
    return arrived.filter((row) => !known.has(row.id)).length;
  }, [arrived, shown]);
  return { shown, waiting, state, show: () => setShown(arrived) };
};
