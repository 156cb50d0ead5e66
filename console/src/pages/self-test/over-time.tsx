import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Panel } from "../../components/panel.tsx";
import { AbsoluteTime, Time } from "../../components/time.tsx";
import type { SelfTestSearch } from "../../search/params.ts";
import { historyOf, type Point, type RunSummary } from "./history.ts";
import { RateLine, type Rate } from "./rate-line.tsx";
import { percent, resultWords } from "./words.ts";
import classes from "./page.module.css";

export const recallOf = (history: readonly Point[]): readonly Rate[] =>
  history.map(({ run, figures, lowRecall, otherRows }) => ({
    key: run,
    rate: figures?.recall ?? null,
    worse: lowRecall,
    apart: otherRows,
  }));

export const falsePositivesOf = (history: readonly Point[]): readonly Rate[] =>
  history.map(({ run, figures, highFalsePositives, otherRows }) => ({
    key: run,
    rate: figures?.falsePositives ?? null,
    worse: highFalsePositives,
    apart: otherRows,
  }));

const SCALE_MIN = 0.1;

/** False positives are few: their scale ends at the next tenth above the highest. */
export const falsePositivesMax = (history: readonly Point[]): number =>
  Math.max(SCALE_MIN, ...history.map(({ figures }) => Math.ceil((figures?.falsePositives ?? 0) * 10) / 10));

/** One detector over the runs that are kept: two lines, and each run's numbers with what had changed before it. */
export const OverTime = ({
  runs,
  lane,
  detector,
  search,
}: {
  readonly runs: readonly RunSummary[];
  readonly lane: string;
  readonly detector: string;
  readonly search: SelfTestSearch;
}): ReactNode => {
  const history = historyOf(runs, lane, detector);
  return (
    <Panel title={`${detector} over time`} id="over-time">
      <div className={classes.charts}>
        <Chart name="Recall" rates={recallOf(history)} max={1} history={history} />
        <Chart
          name="False positives"
          rates={falsePositivesOf(history)}
          max={falsePositivesMax(history)}
          history={history}
        />
      </div>
      <p className="soft small">
        One point per run. A line ends where the rows changed: their figures are not compared.
      </p>
      <div className={classes.runs} tabIndex={0} role="group" aria-label="Runs">
        <table className="plain">
          <thead>
            <tr>
              <th>Run</th>
              <th>Result</th>
              <th className="numbers">Found</th>
              <th className="numbers">Flagged</th>
              <th>Changed before it</th>
            </tr>
          </thead>
          <tbody>
            {history.toReversed().map((point, position) => (
              <tr key={point.run}>
                <td>
                  <Link
                    to="/self-test"
                    search={{ ...search, run: position === 0 ? undefined : point.run }}
                    aria-current={isShown(search.run, point.run, position) ? "true" : undefined}
                  >
                    <AbsoluteTime time={point.time} />
                  </Link>
                </td>
                <td>{resultWords(runs[position]?.result ?? "incomplete")}</td>
                <td className="numbers">
                  {point.lowRecall ? "▼ " : ""}
                  {percent(point.figures?.recall ?? null)}
                </td>
                <td className="numbers">
                  {point.highFalsePositives ? "▲ " : ""}
                  {percent(point.figures?.falsePositives ?? null)}
                </td>
                <td>{point.changed.join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
};

const isShown = (asked: string | undefined, run: string, position: number): boolean =>
  asked === undefined ? position === 0 : asked === run;

const Chart = ({
  name,
  rates,
  max,
  history,
}: {
  readonly name: string;
  readonly rates: readonly Rate[];
  readonly max: number;
  readonly history: readonly Point[];
}): ReactNode => {
  const [oldest] = history;
  const newest = history.at(-1);
  return (
    <figure className={classes.chart}>
      <figcaption>{name}</figcaption>
      <div className={classes.plot}>
        <div className={classes.axis} aria-hidden="true">
          <span>{percent(max)}</span>
          <span>{percent(max / 2)}</span>
          <span>0 %</span>
        </div>
        <RateLine rates={rates} max={max} large label={`${name}, one point for each of ${rates.length} runs`} />
      </div>
      {oldest === undefined || newest === undefined || oldest === newest ? null : (
        <p className={classes.ends}>
          <Time time={oldest.time} /> <Time time={newest.time} />
        </p>
      )}
    </figure>
  );
};
