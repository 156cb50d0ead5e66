import type { ReactNode } from "react";
import { count } from "./format.ts";
import { AbsoluteTime } from "./time.tsx";
import { TimeSeries } from "./time-series.tsx";
import classes from "./event-table.module.css";

/** Counts over time as bars, and the same as a table. */
export const CountChart = ({
  label,
  series,
}: {
  readonly label: string;
  readonly series: readonly { readonly time: string; readonly count: number }[];
}): ReactNode => {
  const times = series.map(({ time }) => Date.parse(time) / 1_000);
  const lines = [{ label, color: "--p-accent", values: series.map((one) => one.count) }];
  return (
    <>
      <TimeSeries label={label} times={times} lines={lines} height={110} />
      <details className="small">
        <summary className="soft">The same as a table</summary>
        <div className={classes.scroller} tabIndex={0} role="group" aria-label={`${label} as a table`}>
          <table className="plain">
            <thead>
              <tr>
                <th>From</th>
                <th className="numbers">Events</th>
              </tr>
            </thead>
            <tbody>
              {series
                .filter((one) => one.count > 0)
                .map((one) => (
                  <tr key={one.time}>
                    <td>
                      <AbsoluteTime time={one.time} />
                    </td>
                    <td className="numbers">{count(one.count)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
};
