import type { SelfTestFigures } from "@parapet/model";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { words } from "../../components/format.ts";
import { Folded, Panel } from "../../components/panel.tsx";
import type { SelfTestSearch } from "../../search/params.ts";
import { historyOf, type RunSummary } from "./history.ts";
import { falsePositivesMax, falsePositivesOf, recallOf } from "./over-time.tsx";
import { RateLine } from "./rate-line.tsx";
import { percent } from "./words.ts";
import classes from "./page.module.css";

interface Props {
  readonly lane: RunSummary["lanes"][number];
  readonly runs: readonly RunSummary[];
  readonly search: SelfTestSearch;
  readonly shown: string | undefined;
}

/** Each detector with its two rates now and over the runs that are kept. */
export const Detectors = ({ lane, runs, search, shown }: Props): ReactNode => (
  <Panel title="Detectors">
    <table className={`plain ${classes.figures ?? ""}`}>
      <Head name="Detector" lines />
      <tbody>
        {lane.detectors.map((figures) => {
          const { name, on } = figures;
          const history = historyOf(runs, lane.lane, name);
          return (
            <tr key={name} aria-current={name === shown ? "true" : undefined}>
              <td>
                <Link to="/self-test" search={{ ...search, detector: name }} hash="over-time">
                  {name}
                </Link>
                {on ? "" : " (off)"}
              </td>
              <td className={classes.lineCell}>
                <RateLine rates={recallOf(history)} max={1} />
              </td>
              <Rates figures={figures} search={{ ...search, detector: name }} />
              <td className={classes.lineCell}>
                <RateLine rates={falsePositivesOf(history)} max={falsePositivesMax(history)} />
              </td>
              <Wrong figures={figures} search={{ ...search, detector: name }} />
            </tr>
          );
        })}
      </tbody>
    </table>
  </Panel>
);

export const Categories = ({ lane }: Pick<Props, "lane">): ReactNode => (
  <Folded title="Categories" summary="the same rows by what they are, whoever found them">
    <table className={`plain ${classes.figures ?? ""}`}>
      <Head name="Category" />
      <tbody>
        {lane.categories.map((figures) => (
          <tr key={figures.name}>
            <td>
              {words(figures.name)}
              {figures.on ? "" : " (off)"}
            </td>
            <Rates figures={figures} />
            <Wrong figures={figures} />
          </tr>
        ))}
      </tbody>
    </table>
  </Folded>
);

const Head = ({ name, lines }: { readonly name: string; readonly lines?: boolean }): ReactNode => (
  <thead>
    <tr>
      <th>{name}</th>
      {lines === true ? <th className={classes.lineCell}>Over time</th> : null}
      <th className="numbers">Recall</th>
      {lines === true ? <th className={classes.lineCell}>Over time</th> : null}
      <th className="numbers">False positives</th>
    </tr>
  </thead>
);

interface CellProps {
  readonly figures: SelfTestFigures;
  /** Where its rows are; left out, the numbers lead nowhere. */
  readonly search?: SelfTestSearch;
}

const Rates = ({ figures: { attacks, found, recall }, search }: CellProps): ReactNode => (
  <Cell rate={recall} of={`${found} of ${attacks}`} search={search && { ...search, outcome: "missed" }} />
);

const Wrong = ({ figures: { benign, wrong, falsePositives }, search }: CellProps): ReactNode => (
  <Cell rate={falsePositives} of={`${wrong} of ${benign}`} search={search && { ...search, outcome: "flagged" }} />
);

const Cell = ({
  rate,
  of,
  search,
}: {
  readonly rate: number | null;
  readonly of: string;
  readonly search: SelfTestSearch | undefined;
}): ReactNode => (
  <td className="numbers">
    <strong className={classes.rate}>{percent(rate)}</strong>{" "}
    {search === undefined ? (
      <span className="soft">{of}</span>
    ) : (
      <Link to="/self-test" search={search} hash="rows">
        {of}
      </Link>
    )}
  </td>
);
