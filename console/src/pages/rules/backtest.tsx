import { Button, NativeSelect } from "@mantine/core";
import type { BacktestAnswer, Problem, RuleDetail } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { backtestRule } from "../../api/changes.ts";
import { CountChart } from "../../components/count-chart.tsx";
import { EventTable } from "../../components/event-table.tsx";
import { duration, plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Panel } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { AbsoluteTime } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";

const AGES = ["1h", "24h", "7d", "30d", "90d"];

/** What the rule would have held for, with samples. Makes no findings. */
export const Backtest = ({ rule }: { readonly rule: RuleDetail }): ReactNode => {
  const may = useMay("analyst");
  const [since, setSince] = useState("7d");
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<BacktestAnswer>();
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    const result = await backtestRule(rule.key, since);
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    setAnswer(result.ok ? result.value : undefined);
  };
  if (!may) return null;
  return (
    <Panel title="Back-test">
      <div className="row">
        <NativeSelect
          size="xs"
          aria-label="Since"
          data={AGES}
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
        />
        <Button size="xs" variant="default" loading={busy} onClick={() => void run()}>
          Run over past events
        </Button>
        {rule.kind === "rule" ? (
          <Link to="/hunt" search={{ rule: rule.key }}>
            Hunt for its events
          </Link>
        ) : null}
      </div>
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div role="status">{answer === undefined ? null : <p>{sentence(answer)}</p>}</div>
      {answer === undefined || answer.hits === 0 ? null : <Answer answer={answer} name={rule.key} />}
    </Panel>
  );
};

const sentence = ({ hits, fired, complete, tookMs }: BacktestAnswer): string => {
  const held = hits === 0 ? "It would have held for nothing." : `It would have held for ${plural(hits, "event")}.`;
  const firing = fired === undefined ? "" : ` As a correlation it would have fired ${plural(fired, "time")}.`;
  const rest = complete ? "" : " There was more than could be read; the newest was.";
  return `${held}${firing}${rest} It took ${duration(tookMs)}.`;
};

const Answer = ({ answer, name }: { readonly answer: BacktestAnswer; readonly name: string }): ReactNode => (
  <>
    <CountChart label={`Events for which ${name} holds`} series={answer.series} />
    {answer.groups === undefined || answer.groups.length === 0 ? null : (
      <table className="plain">
        <thead>
          <tr>
            <th>Group</th>
            <th>First</th>
            <th>Last</th>
            <th className="numbers">Events</th>
            <th className="numbers">Value</th>
          </tr>
        </thead>
        <tbody>
          {answer.groups.map(({ group, firstSeen, lastSeen, count, value }) => (
            <tr key={`${JSON.stringify(group)} ${firstSeen}`}>
              <td>
                <Untrusted text={Object.values(group).join(", ") || "all"} />
              </td>
              <td>
                <AbsoluteTime time={firstSeen} />
              </td>
              <td>
                <AbsoluteTime time={lastSeen} />
              </td>
              <td className="numbers">{count}</td>
              <td className="numbers">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    <EventTable events={answer.samples} label={`Samples of ${name}`} />
  </>
);
