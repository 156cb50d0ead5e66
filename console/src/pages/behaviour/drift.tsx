import type { BehaviourChange, DriftState } from "@parapet/model";
import type { DriftResponse } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { plural } from "../../components/format.ts";
import { Folded, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { AbsoluteTime } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

/** What drifts, with its statistic and what it is laid to; what does not drift stays folded. */
export const Drift = ({ drift: { items, changes, probes } }: { readonly drift: DriftResponse }): ReactNode => {
  const drifting = items.filter((one) => one.drifting);
  const still = items.filter((one) => !one.drifting);
  return (
    <>
      {drifting.length === 0 ? null : (
        <Panel title="Drift">
          <States states={drifting} />
        </Panel>
      )}
      {probes.length === 0 ? null : (
        <Panel title="Probes">
          <ul className={classes.sentences} tabIndex={0} aria-label="Probes, with their newest run">
            {probes.map(({ probe, route, model, time, changed, sentence }) => (
              <li key={probe} {...(changed && { "data-strange": "" })}>
                <strong>{probe}</strong> asks <Untrusted text={model} /> on {route}:{" "}
                {changed ? "it answers otherwise than before; " : ""}
                <Sentence text={sentence} />.{" "}
                <span className="soft small">
                  <AbsoluteTime time={time} />
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {still.length === 0 ? null : (
        <Folded title="Distributions that hold" summary={plural(still.length, "feature")}>
          <States states={still} />
        </Folded>
      )}
      {changes.length === 0 ? null : (
        <Folded title="Changes" summary={`${plural(changes.length, "change")} of the last 28 days`}>
          <Changes changes={changes} />
        </Folded>
      )}
    </>
  );
};

export const States = ({ states }: { readonly states: readonly DriftState[] }): ReactNode => (
  <div className={classes.table} tabIndex={0} role="group" aria-label="Distributions">
    <table className="plain">
      <thead>
        <tr>
          <th>Of</th>
          <th>Feature</th>
          <th>Was</th>
          <th>Is</th>
          <th>Strongest statistic</th>
          <th>Since, and the change before</th>
        </tr>
      </thead>
      <tbody>
        {states.map((state) => (
          <State key={`${state.dimension} ${state.subject} ${state.feature}`} state={state} />
        ))}
      </tbody>
    </table>
  </div>
);

const State = ({ state }: { readonly state: DriftState }): ReactNode => {
  const worst = state.statistics.toSorted((a, b) => b.value / b.threshold - a.value / a.threshold)[0];
  return (
    <tr>
      <td>
        <Link to="/behaviour" search={{ dimension: state.dimension, id: state.subject }}>
          <Untrusted text={state.subject} />
        </Link>{" "}
        <span className="soft small">{state.dimension}</span>
      </td>
      <td>
        <Untrusted text={state.feature} />
      </td>
      <td>
        <Untrusted text={state.before} />
      </td>
      <td>
        <Untrusted text={state.now} />
      </td>
      <td>{worst === undefined ? "" : `${worst.name} ${worst.value} of ${worst.threshold}`}</td>
      <td>
        {state.drifting ? <AbsoluteTime time={new Date(state.onsetMs).toISOString()} /> : "does not drift"}
        {state.cause === undefined ? null : (
          <>
            ; <Sentence text={state.cause.sentence} />
          </>
        )}
      </td>
    </tr>
  );
};

export const Changes = ({ changes }: { readonly changes: readonly BehaviourChange[] }): ReactNode => (
  <ul className={classes.sentences} tabIndex={0} aria-label="Changes, newest first">
    {changes.map(({ id, kind, sentence }) => (
      <li key={id}>
        <strong>{kind}</strong> <Sentence text={sentence} />
      </li>
    ))}
  </ul>
);
