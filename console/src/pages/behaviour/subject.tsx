import { Button, NativeSelect } from "@mantine/core";
import type { Dimension } from "@parapet/model";
import { BEHAVIOUR_METRICS, BehaviourMetric, type BehaviourSeries, type Problem } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import { acceptBehaviour } from "../../api/changes.ts";
import { behaviourQuery, behaviourSeriesQuery } from "../../api/queries.ts";
import { BandChart } from "../../components/band-chart.tsx";
import { count, plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Folded, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Loaded, ProblemText } from "../../components/states.tsx";
import { AbsoluteTime } from "../../components/time.tsx";
import { Changes, States } from "./drift.tsx";
import { chartOf, METRIC_WORDS, stateWords } from "./words.ts";
import classes from "./page.module.css";

const DAYS = ["1", "7", "28"];
const CHART_HEIGHT = 220;

/** One subject: its sentences, its hours with the band that is expected, and what was changed meanwhile. */
export const Subject = ({ dimension, id }: { readonly dimension: Dimension; readonly id: string }): ReactNode => {
  const [metric, setMetric] = useState<BehaviourMetric>("events");
  const [days, setDays] = useState("7");
  const query = useQuery(behaviourSeriesQuery(dimension, id, metric, days));
  const choices = (
    <div className={classes.choices}>
      <NativeSelect
        size="xs"
        label="Show"
        data={BEHAVIOUR_METRICS.map((value) => ({ value, label: METRIC_WORDS[value] }))}
        value={metric}
        onChange={(event) => setMetric(BehaviourMetric.catch("events").parse(event.currentTarget.value))}
      />
      <NativeSelect
        size="xs"
        label="Days"
        data={DAYS}
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
      />
    </div>
  );
  return (
    <Panel title={`${dimension} ${id}`} id="series">
      {choices}
      <Loaded query={query} height={CHART_HEIGHT} title={id}>
        {(series) => <Shown series={series} />}
      </Loaded>
    </Panel>
  );
};

const Shown = ({ series }: { readonly series: BehaviourSeries }): ReactNode => {
  const { subject, metric, points, anomalies, changes, drift } = series;
  const chart = useMemo(() => chartOf(series), [series]);
  const label = `${METRIC_WORDS[metric]} of ${subject.id} by hour, with the band that is expected`;
  return (
    <>
      <p>
        It is {stateWords(subject)}
        {subject.excludedDays > 0 ? `; ${plural(subject.excludedDays, "day")} left out as anomalous` : ""}.
      </p>
      {anomalies.length === 0 ? (
        <p className="soft">Nothing of it was out of the ordinary in this time.</p>
      ) : (
        <ul className={classes.sentences} tabIndex={0} aria-label="Its anomalies">
          {anomalies.map(({ kind, hourMs, sentence, value }) => (
            <li key={`${kind} ${hourMs} ${value ?? ""}`} data-strange="">
              <Sentence text={sentence} />
            </li>
          ))}
        </ul>
      )}
      {points.length === 0 ? (
        <p className="soft">It did nothing in this time.</p>
      ) : points.length === 1 ? (
        <p className="soft">One hour is known so far, and no line goes through one point: see its numbers below.</p>
      ) : (
        <BandChart label={label} height={CHART_HEIGHT} {...chart} />
      )}
      <p className="soft small" hidden={points.length < 2}>
        The band is two robust standard deviations around what is expected; dots are anomalies, dashed lines changes.
      </p>
      {anomalies.length === 0 ? null : <Accept subject={subject} />}
      {drift.length === 0 ? null : <States states={drift} />}
      {changes.length === 0 ? null : (
        <Folded title="Changes in this time" summary={plural(changes.length, "change")}>
          <Changes changes={changes} />
        </Folded>
      )}
      <Folded title="Numbers" summary={plural(points.length, "hour")}>
        <Numbers points={points} metric={metric} />
      </Folded>
    </>
  );
};

const Numbers = ({ points, metric }: Pick<BehaviourSeries, "points" | "metric">): ReactNode => (
  <div className={classes.table} tabIndex={0} role="group" aria-label="Hours">
    <table className="plain">
      <thead>
        <tr>
          <th>Hour</th>
          <th className="numbers">{METRIC_WORDS[metric]}</th>
          <th className="numbers">Expected</th>
          <th className="numbers">Band</th>
        </tr>
      </thead>
      <tbody>
        {points.toReversed().map(({ time, seen, expected, low, high }) => (
          <tr key={time}>
            <td>
              <AbsoluteTime time={time} />
            </td>
            <td className="numbers">{count(seen)}</td>
            <td className="numbers">{expected === undefined ? "–" : count(expected)}</td>
            <td className="numbers">
              {low === undefined || high === undefined ? "–" : `${count(low)} to ${count(high)}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** For who knows why: the days count as ordinary, and growth is bounded from here. */
const Accept = ({ subject: { dimension, id } }: Pick<BehaviourSeries, "subject">): ReactNode => {
  const queryClient = useQueryClient();
  const may = useMay("analyst");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  if (!may) return null;
  const accept = async (): Promise<void> => {
    setBusy(true);
    const result = await acceptBehaviour(dimension, id);
    setProblem(result.ok ? undefined : result.problem);
    await queryClient.invalidateQueries({ queryKey: behaviourQuery.queryKey });
    setBusy(false);
  };
  return (
    <>
      <Button variant="default" size="xs" w="fit-content" loading={busy} onClick={() => void accept()}>
        Accept as normal
      </Button>
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </>
  );
};
