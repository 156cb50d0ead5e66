import type { Event } from "@parapet/model";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { precedingQuery } from "../../api/queries.ts";
import { SeverityBadge } from "../../components/badges.tsx";
import { duration, shortId } from "../../components/format.ts";
import { Facts, Panel } from "../../components/panel.tsx";
import { Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

const NAMED = ["principal", "agent", "asset", "route", "model", "session", "trace"] as const;
const TIMELINES: Partial<Record<(typeof NAMED)[number], string>> = {
  principal: "",
  agent: "agent:",
  session: "session:",
  trace: "trace:",
};

/** One event of any source: who and what, what came before it, and the source's own fields. */
export const EventDetail = ({ id }: { readonly id: string }): ReactNode => {
  const query = useQuery(precedingQuery(id));
  return (
    <Loaded query={query} height={360}>
      {({ event, items, windowSeconds }) => (
        <>
          <div className="stack tight">
            <h2>{event.kind}</h2>
            <div className="row">
              <SeverityBadge severity={event.severity} />
              <span>{event.source}</span>
              <Time time={event.time} />
            </div>
          </div>
          <Panel title="Who and what">
            <Facts facts={factsOf(event)} />
          </Panel>
          <Panel title="What came before it">
            {items.length === 0 ? (
              <p className="soft">
                Nothing on its trace, session, agent or workload in the {windowSeconds / 60} minutes before.
              </p>
            ) : (
              <ol className={classes.preceding}>
                {items.slice(0, 12).map(({ event: before, confidence, secondsBefore, why }) => (
                  <li key={before.id}>
                    <EventLink event={before} />{" "}
                    <span className="soft">{duration(secondsBefore * 1_000)} before, </span>
                    {Math.round(confidence * 100)} % <span className="soft">sure: {why}</span>
                  </li>
                ))}
              </ol>
            )}
          </Panel>
          <Panel title="As the source sent it">
            <pre className={classes.body} tabIndex={0}>
              <Untrusted text={JSON.stringify(event.body, undefined, 2)} />
            </pre>
          </Panel>
        </>
      )}
    </Loaded>
  );
};

/** An exchange's event leads to the exchange, another to its own place on the timeline. */
const EventLink = ({ event }: { readonly event: Event }): ReactNode =>
  event.exchange === undefined ? (
    <Link to="/timeline" search={(before) => ({ ...before, selected: event.id })}>
      {event.source} {event.kind}
    </Link>
  ) : (
    <Link to="/exchanges/$id" params={{ id: event.exchange }}>
      exchange {shortId(event.exchange)} ({event.kind})
    </Link>
  );

const factsOf = (event: Event): readonly (readonly [string, ReactNode])[] =>
  NAMED.flatMap((field) => {
    const value = event[field];
    if (value === undefined || value === "") return [];
    const prefix = TIMELINES[field];
    const shown = <Untrusted text={value} />;
    return [
      [
        field,
        prefix === undefined ? (
          shown
        ) : (
          <Link key={field} to="/timeline" search={{ name: `${prefix}${value}` }}>
            {shown}
          </Link>
        ),
      ] as const,
    ];
  });
