import type { BehaviourResponse } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { behaviourQuery, driftQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { plural } from "../../components/format.ts";
import { DetectTabs } from "../../components/detect-tabs.tsx";
import { Page, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { AbsoluteTime } from "../../components/time.tsx";
import { Drift } from "./drift.tsx";
import { Subject } from "./subject.tsx";
import { Subjects } from "./subjects.tsx";
import { answerOf } from "./words.ts";
import classes from "./page.module.css";

export const BehaviourPage = (): ReactNode => {
  const query = useQuery(behaviourQuery);
  const drift = useQuery(driftQuery);
  const { dimension, id } = useSearch({ from: "/behaviour" });
  return (
    <Page>
      <DetectTabs />
      <Loaded query={query} height={420} title="Behaviour">
        {(behaviour) => (
          <>
            <div className="stack tight">
              <h1>{answerOf(behaviour, drift.data)}</h1>
              <p className="soft">
                {plural(behaviour.ready, "baseline")} ready, {behaviour.learning} learning.
              </p>
            </div>
            {behaviour.ready + behaviour.learning === 0 ? <NothingYet enabled={behaviour.enabled} /> : null}
            {dimension === undefined || id === undefined ? null : <Subject dimension={dimension} id={id} />}
            <Anomalies anomalies={behaviour.anomalies} />
            {drift.data === undefined ? null : <Drift drift={drift.data} />}
            {behaviour.items.length === 0 ? null : <Subjects items={behaviour.items} />}
          </>
        )}
      </Loaded>
    </Page>
  );
};

const NothingYet = ({ enabled }: { readonly enabled: boolean }): ReactNode =>
  enabled ? (
    <Empty title="Who does what, how much and when is learned from what passes, hour by hour.">
      <p>
        A baseline is ready after 40 hours with activity on 7 days; until then newcomers are compared with their peers.
        The first ones appear a few minutes after the first exchange.
      </p>
      <p>
        It is fed by what passes the gateway and by telemetry: connect some on <Link to="/sources">Sources</Link>.
      </p>
    </Empty>
  ) : (
    <Empty title="It is switched off in the configuration.">
      <CopyBlock lines label="configuration" text={"behaviour:\n  enabled: true\n"} />
    </Empty>
  );

const Anomalies = ({ anomalies }: Pick<BehaviourResponse, "anomalies">): ReactNode =>
  anomalies.length === 0 ? null : (
    <Panel title="Out of the ordinary">
      <ul className={classes.sentences} tabIndex={0} aria-label="Anomalies, newest first">
        {anomalies.map(({ dimension, subject, kind, hourMs, sentence, value }) => (
          <li key={`${dimension} ${subject} ${kind} ${hourMs} ${value ?? ""}`} data-strange="">
            <Sentence text={sentence} />{" "}
            <Link to="/behaviour" search={{ dimension, id: subject }}>
              Show the series
            </Link>{" "}
            <span className="soft small">
              <AbsoluteTime time={new Date(hourMs).toISOString()} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
