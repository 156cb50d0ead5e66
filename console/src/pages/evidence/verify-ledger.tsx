import { Button } from "@mantine/core";
import type { Problem, VerifyResult } from "@parapet/model/api";
import { useState, type ReactNode } from "react";
import { verifyLedger } from "../../api/changes.ts";
import { plural } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import classes from "./page.module.css";

/** Runs the server's verifier over every leaf; it shares no code with the writer. */
export const VerifyLedger = (): ReactNode => {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<VerifyResult>();
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const answered = await verifyLedger();
    setBusy(false);
    if (answered.ok) setResult(answered.value);
    else setProblem(answered.problem);
  };
  return (
    <Panel
      title="Verify the whole log"
      aside={
        <Button size="xs" variant="default" loading={busy} onClick={() => void run()}>
          Verify now
        </Button>
      }
    >
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div aria-live="polite">
        {result === undefined ? (
          <p className="soft">Hashes every leaf again and compares with the signed checkpoint.</p>
        ) : (
          <div className={classes.result} data-ok={result.ok ? "" : undefined}>
            <p>
              <strong>
                {result.ok
                  ? `✓ All ${plural(result.size, "record")} hold`
                  : `✕ ${plural(result.problems.length, "problem")} in ${plural(result.size, "record")}`}
              </strong>
              , root <code>{result.root}</code>
            </p>
            {result.problems.map((one) => (
              <p key={`${one.where} ${one.index ?? ""} ${one.message}`}>
                {one.index === undefined ? "" : `Record ${one.index}, `}
                <code>{one.where}</code>: {one.message}
              </p>
            ))}
            {result.notes.map((note) => (
              <p key={note} className="soft small">
                {note}
              </p>
            ))}
          </div>
        )}
      </div>
    </Panel>
  );
};
