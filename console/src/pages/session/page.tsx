import type { ToolCall } from "@parapet/model";
import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { exchangeQuery, exchangesQuery } from "../../api/queries.ts";
import { VerdictBadge } from "../../components/badges.tsx";
import { sentenceOf } from "../../components/exchange/sentence.ts";
import { plural } from "../../components/format.ts";
import { Page } from "../../components/panel.tsx";
import { useSince } from "../../components/shell/top-bar.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import { labelSteps, type SessionStep } from "./labels.ts";
import classes from "./page.module.css";

/** The newest of a session; each is read whole, for what is known of its calls. */
const SHOWN_MAX = 40;

/** The exchanges of one session in order, with what the session held when each was decided. */
export const SessionPage = (): ReactNode => {
  const { name } = useSearch({ from: "/session" });
  const since = useSince();
  const list = useInfiniteQuery({ ...exchangesQuery({ session: name, since }), enabled: name !== undefined });
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = rows.slice(0, SHOWN_MAX).toReversed();
  const details = useQueries({ queries: shown.map(({ id }) => exchangeQuery(id)) });
  const failed = list.error ?? details.find(({ error }) => error !== null)?.error;
  const read = details.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (name === undefined)
    return (
      <Page>
        <h1>Session</h1>
        <Empty title="Which session?">
          <p>
            Open an exchange on <Link to="/exchanges">Exchanges</Link> and follow its session.
          </p>
        </Empty>
      </Page>
    );
  const body = (): ReactNode => {
    if (failed !== undefined && failed !== null) return <Failed error={failed} retry={() => void list.refetch()} />;
    if (list.isPending || read.length < shown.length) return <Loading height={320} />;
    if (rows.length === 0)
      return (
        <Empty title={`No exchange of this session in the last ${since}.`}>
          <p>Choose a longer time range above.</p>
        </Empty>
      );
    return (
      <>
        {rows.length > SHOWN_MAX || list.hasNextPage ? (
          <p className="soft">
            The newest {SHOWN_MAX};{" "}
            <Link to="/exchanges" search={{ session: name }}>
              all of them
            </Link>
            .
          </p>
        ) : null}
        <ol className={classes.steps}>
          {labelSteps(read).map((step) => (
            <Step key={step.exchange.id} step={step} />
          ))}
        </ol>
      </>
    );
  };
  const calls = read.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0);
  return (
    <Page>
      <div className="stack tight">
        <p className="small">
          <Link to="/exchanges">Exchanges</Link>{" "}
          <span className="soft">
            / session <Untrusted text={name} />
          </span>
        </p>
        <h1>
          {read.length === 0 ? "Session" : `${plural(read.length, "exchange")} with ${plural(calls, "tool call")}`}
        </h1>
      </div>
      {body()}
    </Page>
  );
};

const Step = ({ step }: { readonly step: SessionStep }): ReactNode => {
  const { exchange, added } = step;
  return (
    <li className={classes.step} data-untrusted={step.untrusted ? "" : undefined}>
      <p className={classes.head}>
        <Link to="/exchanges/$id" params={{ id: exchange.id }}>
          <Time time={exchange.time} />
        </Link>
        <VerdictBadge action={exchange.verdict} />
        <span className="soft small">
          {exchange.route}
          {exchange.agent === undefined ? null : (
            <>
              , agent <Untrusted text={exchange.agent} />
            </>
          )}
        </span>
      </p>
      <p>{sentenceOf(exchange)}</p>
      {exchange.toolCalls.length === 0 ? null : (
        <ul className={classes.calls}>
          {exchange.toolCalls.map((call, position) => (
            <Call key={`${call.id} ${position}`} call={call} exchange={exchange.id} />
          ))}
        </ul>
      )}
      <p className={classes.labels}>
        {added.map((label) => (
          <span key={label} className={classes.added}>
            + {label}
          </span>
        ))}
        <span className="soft small">{held(step)}</span>
      </p>
    </li>
  );
};

const held = ({ untrusted, classes: data, known }: SessionStep): string => {
  const all = [
    ...(untrusted ? ["untrusted content"] : []),
    ...data.map((one) => `${one} data`),
    ...(known ? [] : ["parts that nobody saw"]),
  ];
  return all.length === 0 ? "In the session: nothing untrusted." : `In the session: ${all.join(", ")}.`;
};

const Call = ({ call, exchange }: { readonly call: ToolCall; readonly exchange: string }): ReactNode => (
  <li>
    <Link to="/exchanges/$id" params={{ id: exchange }} hash={`part-${call.segment}`}>
      <code>
        <Untrusted text={call.name} />
      </code>
    </Link>{" "}
    {call.decision === undefined ? null : <VerdictBadge action={call.decision.action} />}{" "}
    <span className="soft small">{call.facts?.effects.join(", ")}</span>
    {call.facts?.flow.target === "untrusted" ? (
      <span className={classes.warning}>
        <span aria-hidden="true">▲</span> at a target that only untrusted text names
      </span>
    ) : null}
  </li>
);
