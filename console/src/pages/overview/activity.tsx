import type { Overview } from "@parapet/model/api";
import type { ReactNode } from "react";
import { count } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { TimeSeries, type SeriesLine } from "../../components/time-series.tsx";
import { AbsoluteTime } from "../../components/time.tsx";
import classes from "./page.module.css";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Two charts over one time axis: what policy touched is a thousandth of what it let pass and
 * would be invisible on the same scale.
 */
export const Activity = ({ overview }: { readonly overview: Overview }): ReactNode => {
  const times = overview.series.map((bucket) => Date.parse(bucket.time) / 1_000);
  const allowed: SeriesLine = {
    label: "allowed",
    color: "--p-line-strong",
    values: overview.series.map((bucket) => bucket.allowed),
  };
  const touched: readonly SeriesLine[] = [
    { label: "stopped", color: "--p-ink", values: overview.series.map((bucket) => bucket.stopped) },
    { label: "changed", color: "--p-accent", values: overview.series.map((bucket) => bucket.changed) },
    { label: "observed", color: "--p-accent", hatched: true, values: overview.series.map((bucket) => bucket.observed) },
  ];
  return (
    <Panel
      title="Exchanges over time"
      aside={
        <ul className={classes.legend}>
          {[...touched, allowed].map((line) => (
            <li key={line.label}>
              <span className={classes.swatch} data-line={line.label} aria-hidden="true" /> {line.label}{" "}
              {count(sum(line.values))}
            </li>
          ))}
        </ul>
      }
    >
      <TimeSeries label="Stopped, changed and observed exchanges" times={times} lines={touched} height={132} />
      <p className="soft small">Allowed, on a scale of its own</p>
      <TimeSeries label="Allowed exchanges" times={times} lines={[allowed]} height={88} />
      <details className="small">
        <summary className="soft">The same as a table</summary>
        <div className={classes.seriesTable} tabIndex={0} role="group" aria-label="Exchanges over time as a table">
          <table className="plain">
            <thead>
              <tr>
                <th>From</th>
                {["Stopped", "Changed", "Observed", "Allowed"].map((name) => (
                  <th key={name} className="numbers">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {overview.series.toReversed().map((bucket) => (
                <tr key={bucket.time}>
                  <td>
                    <AbsoluteTime time={bucket.time} />
                  </td>
                  <td className="numbers">{count(bucket.stopped)}</td>
                  <td className="numbers">{count(bucket.changed)}</td>
                  <td className="numbers">{count(bucket.observed)}</td>
                  <td className="numbers">{count(bucket.allowed)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Panel>
  );
};
