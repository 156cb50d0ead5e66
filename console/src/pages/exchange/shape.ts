import { bodyTree, type BodyNode, type Direction, type ReceiptEntry } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
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

/** What became of one text: what went wrong, each reason once; else how many detectors read it. */
export const outcomesOf = (
  receipt: readonly ReceiptEntry[],
  segment: number,
): readonly { readonly outcome: ReceiptEntry["outcome"]; readonly why: string }[] => {
  const own = receipt.filter((entry) => entry.segment === segment && isPart(entry));
  const wrong = own.filter(({ outcome }) => outcome !== "inspected" && outcome !== "skipped");
  const read = own.filter(({ outcome }) => outcome === "inspected").length;
  const reasons = new Map(
    wrong.map(({ outcome, detector, reason = "no reason given" }) => [
      `${outcome}\n${reason}`,
      { outcome, why: detector === "all" ? reason : `${reason} (${detector})` },
    ]),
  );
  if (read > 0) return [{ outcome: "inspected", why: `by ${read} of ${own.length} detectors` }, ...reasons.values()];
  return own.length > 0 && wrong.length === 0
    ? [{ outcome: "skipped", why: "no detector reads texts of this kind" }]
    : [...reasons.values()];
};

/** What of a body is not there to be shown, in sentences; empty when it is all there is. */
export const missingOf = (exchange: ExchangeDetail, { direction }: Side, isAnswer: boolean): readonly string[] => {
  const outline = exchange.outlines.find((one) => one.direction === direction);
  const sentences: string[] = [];
  if (outline === undefined) {
    sentences.push(
      exchange.capture === "hash"
        ? "This route keeps no text, so nothing is kept of what stood beside the texts: only their places and lengths are known."
        : exchange.capture === "erased" || exchange.capture === "expired"
          ? "What stood beside the texts went with them: only their places and lengths are left."
          : isAnswer && exchange.streamed
            ? "The answer was streamed. Its texts are put together from the events, under the place that they have in an event; the events themselves are not kept."
            : "What stood beside the texts was not kept: ids, numbers and words of the format are missing.",
    );
  } else if (outline.cut) {
    sentences.push("Of what stood beside the texts only a part is kept: of long lists the first and the last items.");
  }
  return sentences;
};

/** The body of one side as its protocol spells it. */
export const treeOf = (exchange: ExchangeDetail, { direction }: Side): BodyNode => bodyTree(exchange, direction);
