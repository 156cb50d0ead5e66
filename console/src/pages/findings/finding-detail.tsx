import { Button } from "@mantine/core";
import type { Finding } from "@parapet/model";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { findingQuery } from "../../api/queries.ts";
import { SeverityBadge } from "../../components/badges.tsx";
import { plural, shortId, words } from "../../components/format.ts";
import { Facts, Folded, Panel } from "../../components/panel.tsx";
import { Prose } from "../../components/prose.tsx";
import { Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import { Decide } from "./decide.tsx";
import { FindingSamples } from "./finding-samples.tsx";
import classes from "./page.module.css";

const ENTITY_FILTERS = ["principal", "session", "route", "model"] as const;

/** What happened, what to do first, who and what, what was decided so far. */
export const FindingDetail = ({ id, heading }: { readonly id: string; readonly heading?: boolean }): ReactNode => {
  const query = useQuery(findingQuery(id));
  return (
    <Loaded query={query} height={360} {...(heading === true ? { title: "Finding" } : {})}>
      {(finding) => (
        <>
          <div className="stack tight">
            {heading === true ? (
              <h1>
                <VisibleText text={finding.title} />
              </h1>
            ) : (
              <h2>
                <Link to="/findings/$id" params={{ id }}>
                  <VisibleText text={finding.title} />
                </Link>
              </h2>
            )}
            <div className="row">
              <SeverityBadge severity={finding.severity} />
              <span>
                {words(finding.status)}
                {finding.acceptedUntil === undefined ? null : (
                  <>
                    {" "}
                    until <Time time={finding.acceptedUntil} />
                  </>
                )}
              </span>
              <span className="soft">
                {plural(finding.count, "time")}, first <Time time={finding.firstSeen} />, last{" "}
                <Time time={finding.lastSeen} />
              </span>
            </div>
            <Prose text={finding.description} />
            {finding.explanation === undefined ? null : <Prose text={finding.explanation} />}
          </div>
          <Decide finding={finding} />
          <Panel title="What to do first">
            <Prose text={finding.triage} />
          </Panel>
          <Panel title="Who and what">
            <Facts facts={entityFacts(finding)} />
          </Panel>
          <FindingSamples samples={finding.samples ?? []} timeline={timelineOf(finding)} />
          <Exchanges finding={finding} />
          <Events finding={finding} />
          <Score finding={finding} />
          <History finding={finding} />
        </>
      )}
    </Loaded>
  );
};

const entityFacts = (finding: Finding): readonly (readonly [string, ReactNode])[] => [
  ...Object.entries(finding.entities).flatMap(([name, value]) => {
    if (value === "") return [];
    const field = ENTITY_FILTERS.find((candidate) => candidate === name);
    const shown = <Untrusted text={value} />;
    return [
      [
        name,
        field === undefined ? (
          shown
        ) : (
          <Link key={name} to="/exchanges" search={{ [field]: value }}>
            {shown}
          </Link>
        ),
      ] as const,
    ];
  }),
  [
    "rule",
    <Link key="rule" to="/findings" search={{ rule: finding.rule, status: "all" }}>
      {finding.rule}
    </Link>,
  ],
  ...(finding.rule === "self-test"
    ? [
        [
          "figures",
          <Link
            key="figures"
            to="/self-test"
            search={{ lane: finding.entities["route"], detector: finding.entities["detector"] }}
          >
            over time
          </Link>,
        ] as const,
      ]
    : []),
  ["maps to", finding.tags.length === 0 ? "nothing" : finding.tags.join(", ")],
];

const Exchanges = ({ finding }: { readonly finding: Finding }): ReactNode =>
  finding.exchanges.length === 0 ? null : (
    <Panel
      title={`Exchanges${finding.count > finding.exchanges.length ? ` (the newest ${finding.exchanges.length} of ${finding.count})` : ""}`}
    >
      <ul className={classes.exchanges}>
        {finding.exchanges.map((exchange) => (
          <li key={exchange}>
            <Link to="/exchanges/$id" params={{ id: exchange }} title={exchange}>
              <code>{shortId(exchange)}</code>
            </Link>
          </li>
        ))}
      </ul>
      {finding.exchanges[0] === undefined ? null : (
        <div>
          <Button
            size="xs"
            variant="default"
            renderRoot={(props) => <Link to="/exchanges/$id" params={{ id: finding.exchanges[0] ?? "" }} {...props} />}
          >
            Open the newest
          </Button>
        </div>
      )}
    </Panel>
  );

/** Whose timeline its events stand on. */
const timelineOf = ({ entities }: Finding): string | undefined => {
  if (entities["agent"] !== undefined && entities["agent"] !== "") return `agent:${entities["agent"]}`;
  if (entities["workload"] !== undefined && entities["workload"] !== "") return `workload:${entities["workload"]}`;
  return entities["principal"] || (entities["session"] ? `session:${entities["session"]}` : undefined);
};

/** Events that are no exchange's own page: telemetry of other sources, audit. */
const Events = ({ finding }: { readonly finding: Finding }): ReactNode =>
  finding.events.length === 0 ? null : (
    <Folded
      title="Events"
      summary={`${plural(finding.events.length, "event")}${finding.sources.length === 0 ? "" : ` from ${finding.sources.join(", ")}`}`}
    >
      <ul className={classes.exchanges}>
        {finding.events.map((event) => (
          <li key={event}>
            <Link to="/timeline" search={{ name: timelineOf(finding), selected: event }} title={event}>
              <code>{shortId(event)}</code>
            </Link>
          </li>
        ))}
      </ul>
      <p>
        <Link to="/hunt" search={{ where: `id in (${finding.events.slice(0, 20).join(", ")})`, since: "30d" }}>
          Look at them in Hunt
        </Link>
      </p>
    </Folded>
  );

const Score = ({ finding }: { readonly finding: Finding }): ReactNode => (
  <Folded title="Score" summary={`${finding.score} of 100`}>
    <ul className={classes.score}>
      {finding.scoreParts.map(({ points, why }) => (
        <li key={why}>
          {points > 0 ? "+" : ""}
          {points} {why}
        </li>
      ))}
    </ul>
  </Folded>
);

const History = ({ finding }: { readonly finding: Finding }): ReactNode => (
  <Panel title="History">
    {finding.history.length === 0 ? <p className="soft">Nobody has decided anything yet.</p> : null}
    <ol className={classes.history}>
      {finding.history.toReversed().map((entry, position) => (
        <li key={position}>
          <Time time={entry.time} /> <strong>{entry.actor}</strong> <VisibleText text={entry.change} />
          {entry.comment === undefined ? null : (
            <p className={classes.prose}>
              <VisibleText text={entry.comment} />
            </p>
          )}
        </li>
      ))}
    </ol>
  </Panel>
);
