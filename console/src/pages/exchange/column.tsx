import { Button } from "@mantine/core";
import type { CapturedSegment } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { useMemo, useState, type ReactNode } from "react";
import type { NumberedMatch } from "../../components/exchange/numbered.ts";
import { VerdictCard } from "../../components/exchange/verdict.tsx";
import { plural, words } from "../../components/format.ts";
import { drawOrigins } from "../../text/origins.ts";
import { useTarget } from "./arrival.ts";
import { readingOrder } from "./reading-order.ts";
import { SegmentCard } from "./segment-card.tsx";
import { sidesOf } from "./shape.ts";
import classes from "./column.module.css";

interface Props {
  readonly exchange: ExchangeDetail;
  readonly matches: readonly NumberedMatch[];
}

/** One column of time: what was asked, what was decided, what came back, what was decided on that. */
export const Column = ({ exchange, matches }: Props): ReactNode => {
  const [asked, answered] = sidesOf(exchange.origin.protocol);
  const request = exchange.segments.filter(({ direction }) => direction === asked.direction);
  const response = exchange.segments.filter(({ direction }) => direction === answered.direction);
  return (
    <div className={classes.column}>
      <Side title={asked.title} segments={request} matches={matches} exchange={exchange} />
      <VerdictCard title="Verdict on the request" verdict={exchange.requestVerdict} />
      {response.length === 0 ? (
        <p className="soft">{noResponse(exchange)}</p>
      ) : (
        <Side title={answered.title} segments={response} matches={matches} exchange={exchange} />
      )}
      {exchange.responseVerdict === undefined ? null : (
        <VerdictCard title="Verdict on the response" verdict={exchange.responseVerdict} />
      )}
    </div>
  );
};

const noResponse = (exchange: ExchangeDetail): string => {
  if (exchange.state === "open") return "No response yet.";
  if (exchange.state === "blocked") return "Nothing was sent on, so there is no response.";
  return `There is no response: ${words(exchange.state)}.`;
};

const Side = ({
  title,
  segments,
  matches,
  exchange,
}: Props & {
  readonly title: string;
  readonly segments: readonly CapturedSegment[];
}): ReactNode => {
  const { toolCalls } = exchange;
  const [unfolded, setUnfolded] = useState(false);
  const drawn = useMemo(() => drawOrigins(exchange.toolCalls), [exchange.toolCalls]);
  const remarkable = new Set(
    [...matches, ...toolCalls, ...originPlaces(exchange), ...(exchange.restored ?? [])].map(
      ({ segment }: { readonly segment: number }) => segment,
    ),
  );
  const target = useTarget();
  const items = readingOrder(segments, ({ index }) => unfolded || index === target || remarkable.has(index));
  return (
    <section className={classes.side} aria-label={title}>
      <h2>{title}</h2>
      {items.map((item) => {
        if (item.kind === "folded") {
          return (
            <div key={`folded ${item.items[0]?.index ?? 0}`}>
              <Button size="compact-sm" variant="subtle" onClick={() => setUnfolded(true)}>
                {plural(item.items.length, "part")} without matches: show
              </Button>
            </div>
          );
        }
        const { item: segment } = item;
        return (
          <SegmentCard
            key={segment.index}
            segment={segment}
            capture={exchange.capture}
            toolCall={toolCalls.find((call) => call.segment === segment.index)}
            matches={matches.filter((match) => match.segment === segment.index)}
            masked={(exchange.masked ?? []).filter((span) => span.segment === segment.index)}
            drawn={drawn}
            segments={exchange.segments}
            restored={(exchange.restored ?? []).filter((one) => one.segment === segment.index)}
          />
        );
      })}
    </section>
  );
};

/** Parts that tool calls took values from. */
const originPlaces = ({ toolCalls }: ExchangeDetail): readonly { readonly segment: number }[] =>
  toolCalls.flatMap(({ facts }) =>
    (facts?.origins ?? []).flatMap(({ segment }) => (segment === undefined ? [] : [{ segment }])),
  );
