import type { FindingSample } from "@parapet/model";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { shortId } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Time } from "../../components/time.tsx";
import { VisibleText } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

const PARTS = [
  ["change", "What it is laid to"],
  ["now", "Now"],
  ["before", "Before"],
] as const;

/** Of a finding of behaviour: the events most typical of what it says, those of now and those of before. */
export const FindingSamples = ({
  samples,
  timeline,
}: {
  readonly samples: readonly FindingSample[];
  /** On whose timeline events without an exchange stand. */
  readonly timeline: string | undefined;
}): ReactNode =>
  samples.length === 0 ? null : (
    <Panel title="What shows it">
      {PARTS.map(([part, title]) => {
        const own = samples.filter((one) => one.part === part);
        return own.length === 0 ? null : (
          <section key={part}>
            <h3>{title}</h3>
            <ul className={classes.samples}>
              {own.map((sample) => (
                <li key={sample.event}>
                  <Place sample={sample} timeline={timeline} /> <Time time={sample.time} />{" "}
                  <VisibleText text={sample.shows} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </Panel>
  );

const Place = ({
  sample: { event, exchange },
  timeline,
}: {
  readonly sample: FindingSample;
  readonly timeline: string | undefined;
}): ReactNode =>
  exchange === undefined ? (
    <Link to="/timeline" search={{ name: timeline, selected: event }} title={event}>
      <code>{shortId(event)}</code>
    </Link>
  ) : (
    <Link to="/exchanges/$id" params={{ id: exchange }} title={exchange}>
      <code>{shortId(exchange)}</code>
    </Link>
  );
