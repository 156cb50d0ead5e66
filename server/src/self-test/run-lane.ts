import type { Category, ClosedRecord, ExchangeRecord } from "@parapet/model";
import type { Row } from "./corpus.ts";
import type { Script } from "./script.ts";

/** A way of inspecting that is tested once for all routes that have it. */
export interface LaneTarget {
  /** Id of the route that it mirrors. */
  readonly lane: string;
  readonly routes: readonly string[];
  /** Ids of the detectors that these routes run. */
  readonly detectors: readonly string[];
  /** Whether one of them looks for the canary; elsewhere nobody was asked to stop it. */
  readonly watchesCanary: boolean;
}

/** What came back for one request, with everything that was recorded of it. */
export interface Sent {
  readonly status: number;
  readonly exchange: string;
  readonly text: string;
  readonly records: readonly ExchangeRecord[];
}

export interface Found {
  readonly detector: string;
  readonly category: Category;
  readonly confidence: number;
}

/** What became of one row. */
export interface Outcome {
  readonly row: Row;
  readonly exchange: string;
  /** Matches that rules would count, on the side of the exchange where the row stands. */
  readonly found: readonly Found[];
  /** Whether policy stopped or changed the exchange. */
  readonly acted: boolean;
  readonly addedMs: number;
  /** Why nothing can be said of it; empty when something can. */
  readonly unseen: string;
}

/** Confidence from which a match counts, the same as in rules' `found`. */
const FOUND_FROM = 0.5;

/** Sends one row and reads what the gateway made of it. */
export const runRow = async (
  row: Row,
  script: Script,
  { watchesCanary }: Pick<LaneTarget, "watchesCanary">,
  send: (body: string) => Promise<Sent>,
): Promise<Outcome> => {
  const nothing = { row, exchange: "", found: [], acted: false, addedMs: 0 };
  let sent: Sent;
  try {
    sent = await send(script.bodyOf(row));
  } catch (error) {
    return {
      ...nothing,
      unseen: `the gateway did not answer: ${error instanceof Error ? error.message : "no reason"}`,
    };
  }
  const closed = sent.records.findLast((record): record is ClosedRecord => record.kind === "closed");
  if (closed === undefined)
    return { ...nothing, exchange: sent.exchange, unseen: `status ${sent.status}, and nothing was recorded` };
  const direction = row.channel === "answer" ? "response" : "request";
  const found = closed.matches.flatMap((match): Found[] => {
    if (match.direction !== direction || match.confidence < FOUND_FROM) return [];
    const { detector, category, confidence } = match;
    return [{ detector, category, confidence }];
  });
  return {
    row,
    exchange: sent.exchange,
    found,
    acted: closed.verdict.action !== "allow",
    addedMs: closed.addedMs,
    unseen: gapOf(closed, sent) || (watchesCanary ? canaryGapOf(row, closed, script.canary(), sent.text) : ""),
  };
};

/** What the exchange's own records say was not inspected. */
const gapOf = (closed: ClosedRecord, { status, records }: Sent): string => {
  if (closed.state !== "completed" && closed.state !== "blocked")
    return `the exchange ended as ${closed.state} with status ${status}${closed.detail === undefined ? "" : `: ${closed.detail}`}`;
  const failed = records.flatMap(({ receipt }) =>
    receipt.segments.flatMap(([, letters]) =>
      receipt.detectors.filter((_label, position) => letters.charAt(position) === "f"),
    ),
  );
  if (failed.length > 0) return `failed: ${[...new Set(failed)].join(", ")}`;
  if (closed.bypassed > 0) return `${closed.bypassed} parts passed without inspection`;
  if (closed.unscannable > 0) return `${closed.unscannable} parts could not be read`;
  return "";
};

/** Whether the gateway planted a canary where the upstream was asked, and let none out. */
const canaryGapOf = (row: Row, { state }: ClosedRecord, canary: string | undefined, text: string): string => {
  if (row.channel !== "answer") return "";
  if (canary === undefined) return state === "blocked" ? "" : "the gateway planted no canary";
  return text.includes(canary) ? "the gateway let a canary through" : "";
};
