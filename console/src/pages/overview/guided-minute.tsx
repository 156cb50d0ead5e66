import { Button } from "@mantine/core";
import { Action } from "@parapet/model";
import type { DemoRun, DemoStep, Problem } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import type { z } from "zod";
import { runDemoStep } from "../../api/changes.ts";
import { demoQuery } from "../../api/queries.ts";
import { VerdictBadge } from "../../components/badges.tsx";
import { useMay } from "../../components/may.ts";
import { Panel } from "../../components/panel.tsx";
import { Loaded, ProblemText } from "../../components/states.tsx";
import { VisibleText } from "../../components/untrusted.tsx";
import classes from "./guided-minute.module.css";

/** Five exchanges through the demo route, one click each, by the same road as everything else. */
export const GuidedMinute = (): ReactNode => {
  const query = useQuery(demoQuery);
  return (
    <Panel
      title="The guided minute"
      aside={<span className="soft">A scripted model answers; everything else is the real path.</span>}
    >
      <Loaded query={query}>
        {({ steps }) => (
          <ol className={classes.steps}>
            {steps.map((step) => (
              <Step key={step.id} step={step} />
            ))}
          </ol>
        )}
      </Loaded>
    </Panel>
  );
};

const Step = ({ step }: { readonly step: z.infer<typeof DemoStep> }): ReactNode => {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const maySend = useMay("analyst");
  const [busy, setBusy] = useState(false);
  const [run, setRun] = useState<z.infer<typeof DemoRun>>();
  const [problem, setProblem] = useState<Problem>();
  const send = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const result = await runDemoStep(step.id);
    setBusy(false);
    if (result.ok) setRun(result.value);
    else setProblem(result.problem);
    // The first exchange ends the empty state that showed these steps: ask for them by name before it does.
    void navigate({ to: "/", search: { view: "demo" }, replace: true });
    void queryClient.invalidateQueries({ queryKey: ["exchanges"] });
  };
  return (
    <li className={classes.step}>
      <div>
        <h3>{step.title}</h3>
        <p>{step.story}</p>
        <p className="soft">Look for: {step.expect}</p>
      </div>
      <div className={classes.result} aria-live="polite">
        <Button
          size="xs"
          disabled={!maySend}
          variant={run === undefined ? "light" : "default"}
          loading={busy}
          onClick={() => void send()}
          aria-label={`${run === undefined ? "Send it" : "Send again"}: ${step.title}`}
        >
          {run === undefined ? "Send it" : "Send again"}
        </Button>
        {problem === undefined ? null : <ProblemText problem={problem} />}
        {run === undefined ? null : <Outcome run={run} />}
      </div>
    </li>
  );
};

const Outcome = ({ run }: { readonly run: z.infer<typeof DemoRun> }): ReactNode => {
  const action = Action.safeParse(run.verdict).data;
  return (
    <>
      <div className="row">
        {action === undefined ? run.verdict : <VerdictBadge action={action} />}
        <Link to="/exchanges/$id" params={{ id: run.exchange }}>
          See the exchange
        </Link>
        <span className="soft">HTTP {run.status}</span>
      </div>
      <pre className={classes.answer} tabIndex={0} aria-label="Answer">
        <VisibleText text={run.answer.slice(0, 600)} />
      </pre>
    </>
  );
};
