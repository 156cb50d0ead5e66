import { ExchangeSummary } from "@parapet/model";
import { useEffect, useState } from "react";

export type LiveState = "connecting" | "live" | "lost" | "paused";

const parse = (data: unknown): ExchangeSummary | undefined => {
  if (typeof data !== "string") return undefined;
  try {
    return ExchangeSummary.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
};

/** Hands on each exchange that the server streams. The browser reconnects by itself; `lost` says it is trying. */
export const useLiveExchanges = (paused: boolean, onExchange: (exchange: ExchangeSummary) => void): LiveState => {
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    if (paused) return undefined;
    setState("connecting");
    const source = new EventSource("/api/v1/exchanges/live");
    source.addEventListener("open", () => setState("live"));
    source.addEventListener("error", () => setState("lost"));
    source.addEventListener("exchange", (event) => {
      const exchange = parse(event.data);
      if (exchange !== undefined) onExchange(exchange);
    });
    return () => source.close();
  }, [paused, onExchange]);
  return paused ? "paused" : state;
};
