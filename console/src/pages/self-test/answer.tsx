import { Button } from "@mantine/core";
import type { Problem, SelfTestRuns } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { startSelfTest } from "../../api/changes.ts";
import { selfTestQuery } from "../../api/queries.ts";
import { count, plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { ProblemText } from "../../components/states.tsx";
import { Time, useNow } from "../../components/time.tsx";
import { totalsOf, type RunSummary } from "./history.ts";

const sentence = (run: RunSummary | undefined): string => {
  if (run === undefined) return "The self-test has not run yet.";
  switch (run.result) {
    case "passed":
      return "Detection is as good as it was.";
    case "degraded":
      return `Detection has fallen: ${plural(run.problems.length, "figure")} ${run.problems.length === 1 ? "is" : "are"} worse than ${run.problems.length === 1 ? "it" : "they"} may be.`;
    case "incomplete":
      return "The last self-test could not see everything.";
  }
};

/** The sentence, what stands behind it, and the button that asks again. */
export const Answer = ({
  state,
  run,
  lane,
}: {
  readonly state: SelfTestRuns;
  /** The newest. */
  readonly run: RunSummary | undefined;
  readonly lane: RunSummary["lanes"][number] | undefined;
}): ReactNode => {
  const now = useNow();
  const mayRun = useMay("analyst");
  return (
    <div className="stack tight">
      <div className="row">
        <h1>{sentence(run)}</h1>
        {state.available && mayRun ? <RunNow running={state.running !== undefined} /> : null}
      </div>
      {run === undefined || lane === undefined ? null : <Numbers run={run} lane={lane} now={now} />}
      <p className="soft" role="status">
        <Schedule state={state} now={now} />
      </p>
    </div>
  );
};

const Numbers = ({
  run,
  lane,
  now,
}: {
  readonly run: RunSummary;
  readonly lane: RunSummary["lanes"][number];
  readonly now: number;
}): ReactNode => {
  const { attacks, found, flagged } = totalsOf(lane);
  return (
    <p>
      <a href="#rows">
        {count(found)} of {plural(attacks, "attack")}
      </a>{" "}
      found and{" "}
      <a href="#rows">
        {count(flagged)} of {plural(run.corpus.benign, "look-alike")}
      </a>{" "}
      flagged on {lane.lane} <Time time={run.finishedAt} now={now} />.
    </p>
  );
};

const Schedule = ({ state, now }: { readonly state: SelfTestRuns; readonly now: number }): ReactNode => {
  const { available, running, nextAt, enabled, everyHours } = state;
  if (!available) return "This process has no gateway with a route that inspects, so it runs none.";
  if (running !== undefined) return `Running: ${count(running.done)} of ${count(running.total)} rows sent.`;
  if (!enabled) return "It runs only when somebody asks: self_test.enabled is false.";
  return (
    <>
      It runs every {everyHours === 1 ? "hour" : `${everyHours} hours`}
      {nextAt === undefined ? null : (
        <>
          , next <Time time={nextAt} now={now} />
        </>
      )}
      .
    </>
  );
};

const RunNow = ({ running }: { readonly running: boolean }): ReactNode => {
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const started = await startSelfTest();
    if (!started.ok) setProblem(started.problem);
    await queryClient.invalidateQueries({ queryKey: selfTestQuery.queryKey, exact: true });
    setBusy(false);
  };
  return (
    <>
      <Button className="push" size="xs" loading={busy || running} onClick={() => void run()}>
        Run now
      </Button>
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </>
  );
};
