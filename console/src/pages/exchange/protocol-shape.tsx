import { Button } from "@mantine/core";
import type { BodyNode, OutlineValue } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { useMemo, useState, type ReactNode } from "react";
import { OutcomeText } from "../../components/badges.tsx";
import type { NumberedMatch } from "../../components/exchange/numbered.ts";
import { VerdictCard } from "../../components/exchange/verdict.tsx";
import { plural } from "../../components/format.ts";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import { useTarget } from "./arrival.ts";
import { readingOrder } from "./reading-order.ts";
import { isUnreadBelow, missingOf, segmentsBelow, sidesOf, treeOf, type Side } from "./shape.ts";
import { TextLeaf } from "./text-leaf.tsx";
import classes from "./protocol-shape.module.css";

interface Props {
  readonly exchange: ExchangeDetail;
  readonly matches: readonly NumberedMatch[];
}

/** The same exchange as its protocol spells it: what each place held, what was inspected there, and what was not. */
export const ProtocolShape = ({ exchange, matches }: Props): ReactNode => {
  const [asked, answered] = sidesOf(exchange.origin.protocol);
  return (
    <div className="stack">
      <p className="soft small">
        Framed texts were inspected, or say why not. Bare words, ids and numbers are the format’s own and no detector
        reads them. Objects and lists stand as they were; members of an object are not in the order that they came in.
      </p>
      <Body exchange={exchange} matches={matches} side={asked} isAnswer={false} />
      <VerdictCard title="Verdict on the request" verdict={exchange.requestVerdict} />
      <Body exchange={exchange} matches={matches} side={answered} isAnswer />
      {exchange.responseVerdict === undefined ? null : (
        <VerdictCard title="Verdict on the response" verdict={exchange.responseVerdict} />
      )}
    </div>
  );
};

const Body = ({
  exchange,
  matches,
  side,
  isAnswer,
}: Props & { readonly side: Side; readonly isAnswer: boolean }): ReactNode => {
  const tree = useMemo(() => treeOf(exchange, side), [exchange, side.direction]);
  const { origin } = exchange;
  const isEmpty = tree.children.length === 0 && tree.segments.length === 0 && tree.unread === undefined;
  return (
    <section className={classes.body} aria-label={`${side.title} as ${origin.protocol} spells it`}>
      <p className="row">
        <strong>{side.title}</strong>
        <span className="soft">
          {origin.protocol}
          {isAnswer ? (exchange.streamed ? ", streamed" : "") : `, ${origin.endpoint}`}
        </span>
      </p>
      {isEmpty ? (
        <p className="soft">{isAnswer ? "Nothing of an answer was read." : "There is nothing to show of a body."}</p>
      ) : (
        <>
          {missingOf(exchange, side, isAnswer).map((sentence) => (
            <p key={sentence} className="soft small">
              {sentence}
            </p>
          ))}
          <ul className={classes.tree}>
            <Node node={tree} exchange={exchange} matches={matches} />
          </ul>
        </>
      )}
    </section>
  );
};

const Node = ({ node, exchange, matches }: Props & { readonly node: BodyNode }): ReactNode => (
  <li>
    <p className={classes.line}>
      {node.pointer === "" ? (
        <span className="soft">body</span>
      ) : (
        <code className={classes.step} title={node.pointer}>
          <Untrusted text={node.step} />:
        </code>
      )}{" "}
      <Standing node={node} />
    </p>
    {node.segments.map((index) => (
      <TextLeaf key={index} index={index} exchange={exchange} matches={matches} />
    ))}
    {node.children.length === 0 ? null : <Children node={node} exchange={exchange} matches={matches} />}
  </li>
);

/** Items without matches of a long list are folded, as in the conversation. */
const Children = ({ node, exchange, matches }: Props & { readonly node: BodyNode }): ReactNode => {
  const [unfolded, setUnfolded] = useState(false);
  const target = useTarget();
  const marked = new Set(matches.map(({ segment }) => segment));
  const isRemarkable = (child: BodyNode): boolean =>
    !node.isList ||
    unfolded ||
    isUnreadBelow(child) ||
    segmentsBelow(child).some((index) => index === target || marked.has(index));
  return (
    <ul>
      {readingOrder(node.children, isRemarkable).map((one) =>
        one.kind === "single" ? (
          <Node key={one.item.step} node={one.item} exchange={exchange} matches={matches} />
        ) : (
          <li key={`folded ${one.items[0]?.step ?? ""}`}>
            <Button size="compact-sm" variant="subtle" onClick={() => setUnfolded(true)}>
              {plural(one.items.length, "item")} without matches: show
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
