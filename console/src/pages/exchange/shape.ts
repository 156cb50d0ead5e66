import type { BodyNode, CapturedSegment, Direction, ReceiptEntry } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import type { NumberedMatch } from "../../components/exchange/numbered.ts";
import { isPart } from "./receipt.ts";

/** A body that went one way, under the name that people have for it. */
export interface Side {
  readonly title: string;
  readonly direction: Direction;
}

/** Protocols whose upstream is no model: what goes there a model wrote, and what comes back a model will read. */
const TOWARD_TOOLS: ReadonlySet<string> = new Set(["mcp", "a2a"]);

/** What was asked and what came back, in the order of time. */
export const sidesOf = (protocol: string): readonly [asked: Side, answered: Side] =>
  TOWARD_TOOLS.has(protocol)
    ? [
        { title: "Request", direction: "response" },
        { title: "Response", direction: "request" },
      ]
    : [
        { title: "Request", direction: "request" },
        { title: "Response", direction: "response" },
      ];

/** Every index of a text at or below a node. */
export const segmentsBelow = (node: BodyNode): readonly number[] => [
  ...node.segments,
  ...node.children.flatMap(segmentsBelow),
];

/** Whether something at or below a node could not be read. */
export const isUnreadBelow = (node: BodyNode): boolean =>
  node.unread !== undefined || node.children.some(isUnreadBelow);

/** What is known of each text of an exchange, by its index: a body may have tens of thousands. */
export interface Parts {
  readonly segments: ReadonlyMap<number, CapturedSegment>;
  readonly matches: ReadonlyMap<number, readonly NumberedMatch[]>;
  readonly receipt: ReadonlyMap<number, readonly ReceiptEntry[]>;
}

export const partsOf = (exchange: ExchangeDetail, matches: readonly NumberedMatch[]): Parts => ({
  segments: new Map(exchange.segments.map((segment) => [segment.index, segment])),
  matches: Map.groupBy(matches, ({ segment }) => segment),
  receipt: Map.groupBy(exchange.receipt.filter(isPart), ({ segment }) => segment),
});

/** What became of one text by its entries: what went wrong, each reason once, and how many detectors read it. */
export const outcomesOf = (
  own: readonly ReceiptEntry[],
): readonly { readonly outcome: ReceiptEntry["outcome"]; readonly why: string }[] => {
  if (own.length === 0) return [];
  const wrong = own.filter(({ outcome }) => outcome !== "inspected" && outcome !== "skipped");
  const reasons = new Map(
    wrong.map(({ outcome, detector, reason = "no reason given" }) => [
      `${outcome}\n${reason}`,
      { outcome, why: detector === "all" ? reason : `${reason} (${detector})` },
    ]),
  );
  const read = own.filter(({ outcome }) => outcome === "inspected").length;
  if (read > 0) return [{ outcome: "inspected", why: `by ${read} of ${own.length} detectors` }, ...reasons.values()];
  if (reasons.size > 0) return [...reasons.values()];
  return [{ outcome: "skipped", why: "no detector reads texts of this kind" }];
};

/** What of a body is not there to be shown, in a sentence; undefined when it is all there is. */
export const missingOf = (
  { outlines, capture, streamed }: Pick<ExchangeDetail, "outlines" | "capture" | "streamed">,
  { direction }: Side,
  isAnswer: boolean,
): string | undefined => {
  const outline = outlines.find((one) => one.direction === direction);
  if (outline !== undefined)
    return outline.cut
      ? "Of what stood beside the texts only a part is kept: of long lists the first and the last items."
      : undefined;
  if (capture === "hash")
    return "This route keeps no text, and nothing of what stood beside: only places and lengths of texts are known.";
  if (capture === "erased" || capture === "expired")
    return "What stood beside the texts went with them: only their places and lengths are left.";
  return isAnswer && streamed
    ? "The answer was streamed. Its texts are put together from the events, under the place that they have in an event; the events themselves are not kept."
    : "What stood beside the texts was not kept: ids, numbers and words of the format are missing.";
};
