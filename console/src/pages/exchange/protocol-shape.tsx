import { Button } from "@mantine/core";
import { bodyTree, type BodyNode, type OutlineValue } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { useMemo, useState, type ReactNode } from "react";
import { OutcomeText } from "../../components/badges.tsx";
import type { NumberedMatch } from "../../components/exchange/numbered.ts";
import { VerdictCard } from "../../components/exchange/verdict.tsx";
import { plural } from "../../components/format.ts";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import { toVisibleString } from "../../text/visible.ts";
import { useTarget } from "./arrival.ts";
import { readingOrder } from "./reading-order.ts";
import { isUnreadBelow, missingOf, partsOf, segmentsBelow, sidesOf, type Parts, type Side } from "./shape.ts";
import { TextLeaf } from "./text-leaf.tsx";
import classes from "./protocol-shape.module.css";

/** Members of an object beyond these are folded where nothing is to be said of them, as items of a list are. */
const MEMBERS_SHOWN = 40;

interface Props {
  readonly exchange: ExchangeDetail;
  readonly parts: Parts;
}

/** The same exchange as its protocol spells it: what each place held, what was inspected there, and what was not. */
export const ProtocolShape = ({
  exchange,
  matches,
}: {
  readonly exchange: ExchangeDetail;
  readonly matches: readonly NumberedMatch[];
}): ReactNode => {
  const parts = useMemo(() => partsOf(exchange, matches), [exchange, matches]);
  const [asked, answered] = sidesOf(exchange.origin.protocol);
  return (
    <div className="stack">
      <p className="soft small">
        Framed texts were inspected, or say why not. Bare words, ids and numbers are the format’s own and no detector
        reads them. Objects and lists stand as they were; members of an object are not in the order that they came in.
      </p>
      <Body exchange={exchange} parts={parts} side={asked} isAnswer={false} />
      <VerdictCard title="Verdict on the request" verdict={exchange.requestVerdict} />
      <Body exchange={exchange} parts={parts} side={answered} isAnswer />
      {exchange.responseVerdict === undefined ? null : (
        <VerdictCard title="Verdict on the response" verdict={exchange.responseVerdict} />
      )}
    </div>
  );
};

const Body = ({
  exchange,
  parts,
  side,
  isAnswer,
}: Props & { readonly side: Side; readonly isAnswer: boolean }): ReactNode => {
  const tree = useMemo(() => bodyTree(exchange, side.direction), [exchange, side.direction]);
  const missing = missingOf(exchange, side, isAnswer);
  const { origin } = exchange;
  const isEmpty = tree.children.length === 0 && tree.segments.length === 0 && tree.unread === undefined;
  return (
    <section className={classes.body} aria-label={`${side.title} as ${origin.protocol} spells it`}>
      <div className="row">
        <h2>{side.title}</h2>
        <span className="soft">
          {origin.protocol}
          {isAnswer ? (exchange.streamed ? ", streamed" : "") : `, ${origin.endpoint}`}
        </span>
      </div>
      {isEmpty ? (
        <p className="soft">{isAnswer ? "Nothing of an answer was read." : "There is nothing to show of a body."}</p>
      ) : (
        <>
          {missing === undefined ? null : <p className="soft small">{missing}</p>}
          <ul className={classes.tree}>
            <Node node={tree} exchange={exchange} parts={parts} />
          </ul>
        </>
      )}
    </section>
  );
};

const Node = ({ node, exchange, parts }: Props & { readonly node: BodyNode }): ReactNode => (
  <li>
    <p className={classes.line}>
      {node.pointer === "" ? (
        <span className="soft">body</span>
      ) : (
        <code className={classes.step} title={toVisibleString(node.pointer)}>
          <Untrusted text={node.step} />:
        </code>
      )}{" "}
      <Standing node={node} />
    </p>
    {node.segments.map((index) => (
      <TextLeaf key={index} index={index} exchange={exchange} parts={parts} />
    ))}
    {node.children.length === 0 ? null : <Children node={node} exchange={exchange} parts={parts} />}
  </li>
);

/** Items of a list without matches are folded, as in the conversation. */
const Children = ({ node, exchange, parts }: Props & { readonly node: BodyNode }): ReactNode => {
  const [unfolded, setUnfolded] = useState(false);
  const target = useTarget();
  const isShort = !node.isList && node.children.length <= MEMBERS_SHOWN;
  const isRemarkable = (child: BodyNode): boolean =>
    isShort ||
    unfolded ||
    isUnreadBelow(child) ||
    segmentsBelow(child).some((index) => index === target || parts.matches.has(index));
  return (
    <ul>
      {readingOrder(node.children, isRemarkable).map((one) =>
        one.kind === "single" ? (
          <Node key={one.item.step} node={one.item} exchange={exchange} parts={parts} />
        ) : (
          <li key={`folded ${one.items[0]?.step ?? ""}`}>
            <Button size="compact-sm" variant="subtle" onClick={() => setUnfolded(true)}>
              {plural(one.items.length, node.isList ? "item" : "member")} without matches: show
            </Button>
          </li>
        ),
      )}
    </ul>
  );
};

/** What stands at a place that is no text. */
const Standing = ({ node }: { readonly node: BodyNode }): ReactNode => (
  <>
    {node.value === undefined ? null : <Value value={node.value} />}
    {node.unread === undefined ? null : (
      <span className={classes.unread}>
        <OutcomeText outcome="unscannable" />
        {": "}
        <VisibleText text={node.unread} />
      </span>
    )}
    {node.isList ? <span className="soft small">list of {lengthOf(node)}</span> : null}
  </>
);

/** Items that nothing was kept of are counted by the last one's place. */
const lengthOf = ({ children }: BodyNode): number => Number(children.at(-1)?.step ?? -1) + 1;

const Value = ({ value }: { readonly value: OutlineValue }): ReactNode => {
  if (typeof value === "object" && value !== null) return <span className="soft">{value.left}, not kept</span>;
  return (
    <code>
      <Untrusted text={JSON.stringify(value)} />
    </code>
  );
};
