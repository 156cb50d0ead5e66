import { Sources, type SourceStatus } from "@parapet/model/api";
import { systemClock } from "#platform";
import type { ServerClient } from "../server-client.ts";
import { ageOf, attention, broken, ok, type CheckLine } from "./check-line.ts";

const FIX = {
  attention: "look at it with parapet doctor --json, or on the console's page Sources",
  silent: "ask whether the sender still runs and reaches this machine",
  failing: "look at the server's log",
} as const;

/** Each source of telemetry, as the running server sees it. */
export const checkSources = async (server: ServerClient): Promise<readonly CheckLine[]> => {
  const sources = await server.get("/sources", Sources).catch(() => undefined);
  if (sources === undefined) return [broken("arriving", "sources", "the server cannot say", "look at its log")];
  return sources.items.filter(({ configured }) => configured).map(lineOf);
};

const lineOf = (source: SourceStatus): CheckLine => {
  const { id, state, problem = "", lastReceivedAt, eventsPerSecond } = source;
  switch (state) {
    case "arriving": {
      const age = ageOf(systemClock.now() - Date.parse(lastReceivedAt ?? ""));
      return ok("arriving", `source ${id}`, `${eventsPerSecond.toFixed(1)} events/s, the last ${age} ago`);
    }
    case "waiting":
      return attention(
        "arriving",
        `source ${id}`,
        "nothing came yet",
        "the console's page Sources says how to connect it",
      );
    case "attention":
    case "silent":
      return attention("arriving", `source ${id}`, problem, FIX[state]);
    case "failing":
      return broken("arriving", `source ${id}`, problem, FIX[state]);
  }
};
