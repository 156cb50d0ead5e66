import { bodyTree, type BodyNode, type CapturedSegment, type Direction } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { printable, printableLines, shorten } from "../printable.ts";

const TEXT_UNITS_MAX = 400;

const verdictLine = (what: string, verdict: ExchangeDetail["requestVerdict"]): string =>
  `${what}: ${verdict.action}${verdict.policy === undefined ? "" : ` by ${verdict.policy}`}${verdict.would === verdict.action ? "" : `, enforcing would ${verdict.would}`}`;

const headOf = (exchange: ExchangeDetail): readonly string[] => [
  `${exchange.id}  ${exchange.verdict}, ${exchange.state}`,
  `  ${exchange.time}  ${exchange.route}, ${exchange.origin.protocol} ${printable(exchange.origin.endpoint)}`,
  `  ${printable(exchange.principal)} asked ${printable(exchange.model)}${exchange.session === "" ? "" : ` in session ${printable(exchange.session)}`}`,
];

const matchLines = (exchange: ExchangeDetail, index: number, indent: string): readonly string[] =>
  exchange.matches
    .filter(({ segment }) => segment === index)
    .map(({ category, severity, detector, start, end, reason }) =>
      printable(`${indent}! ${category} (${severity}, ${detector}) at ${start}–${end}: ${reason}`),
    );

const textOf = ({ text, length }: CapturedSegment, capture: ExchangeDetail["capture"]): string =>
  text === undefined ? `(${length} characters, not kept: ${capture})` : text;

const verdicts = (exchange: ExchangeDetail): readonly [string, string] => [
  verdictLine("  verdict on the request", exchange.requestVerdict),
  exchange.responseVerdict === undefined ? "" : verdictLine("  verdict on the response", exchange.responseVerdict),
];

/** Every part in order, whole, with what was found in it. */
export const renderConversation = (exchange: ExchangeDetail): string => {
  const parts = exchange.segments.flatMap((segment) => [
    `  part ${segment.index}, ${segment.provenance} (${segment.direction} ${shorten(segment.pointer, 120)})`,
    printableLines(textOf(segment, exchange.capture)).replaceAll(/^/gm, "    "),
    ...matchLines(exchange, segment.index, "    "),
  ]);
  return [...headOf(exchange), ...parts, ...verdicts(exchange).filter((line) => line !== "")].join("\n");
};

/** A node and what is below it, one place a line. */
const nodeLines = (exchange: ExchangeDetail, node: BodyNode, depth: number): readonly string[] => {
  const indent = "  ".repeat(depth + 1);
  const value =
    node.value === undefined
      ? ""
      : typeof node.value === "object" && node.value !== null
        ? ` (${node.value.left}, not kept)`
        : ` ${JSON.stringify(node.value)}`;
  const unread = node.unread === undefined ? "" : ` ? not inspected: ${node.unread}`;
  const name = node.pointer === "" ? "body" : node.step;
  return [
    printable(`${indent}${name}:${value}${unread}`),
    ...node.segments.flatMap((index) => {
      const segment = exchange.segments.find((one) => one.index === index);
      if (segment === undefined) return [];
      const text = JSON.stringify(textOf(segment, exchange.capture));
      return [
        `${indent}  [part ${index}, ${segment.provenance}] ${shorten(text, TEXT_UNITS_MAX)}`,
        ...matchLines(exchange, index, `${indent}  `),
      ];
    }),
    ...node.children.flatMap((child) => nodeLines(exchange, child, depth + 1)),
  ];
};

/** Both bodies as their protocol spells them; the one that was asked with stands first. */
export const renderShape = (exchange: ExchangeDetail): string => {
  const first = exchange.segments[0]?.direction ?? "request";
  const directions: readonly [Direction, Direction] =
    first === "request" ? ["request", "response"] : ["response", "request"];
  const [asked, answered] = directions.map((direction) => nodeLines(exchange, bodyTree(exchange, direction), 1));
  const [onRequest, onResponse] = verdicts(exchange);
  return [...headOf(exchange), "  request", ...(asked ?? []), onRequest, "  response", ...(answered ?? []), onResponse]
    .filter((line) => line !== "")
    .join("\n");
};
