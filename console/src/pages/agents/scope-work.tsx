import { Button } from "@mantine/core";
import type { ScopeChange } from "@parapet/model";
import type { AgentDetail, Problem, ScopeProposal } from "@parapet/model/api";
import { useState, type ReactNode } from "react";
import { proposeScope } from "../../api/changes.ts";
import { count, plural } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { ProblemText } from "../../components/states.tsx";
import { ScopeEditor } from "./scope-editor.tsx";
import { tightened } from "./words.ts";
import classes from "./page.module.css";

interface Started {
  /** Told apart, so that another beginning is another form. */
  readonly number: number;
  readonly scope: ScopeChange;
  readonly proposal?: ScopeProposal;
}

/** Another scope for the agent: from its traffic, or the one in force without what is not used. */
export const ScopeWork = ({ detail, days }: { readonly detail: AgentDetail; readonly days: string }): ReactNode => {
  const [started, setStarted] = useState<Started>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const begin = (scope: ScopeChange, proposal?: ScopeProposal): void =>
    setStarted({ number: (started?.number ?? 0) + 1, scope, ...(proposal !== undefined && { proposal }) });
  const propose = async (): Promise<void> => {
    setBusy(true);
    const result = await proposeScope(detail.summary.id, days);
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    if (result.ok) begin(result.value.scope, result.value);
  };
  const less = tightened(detail);
  return (
    <Panel title={detail.inForce === undefined ? "Give it a scope" : "Another scope"}>
      <div className="stack tight">
        <div className="row">
          <Button size="xs" variant="default" loading={busy} onClick={() => void propose()}>
            Propose from {days} days
          </Button>
          {less === undefined ? null : (
            <Button size="xs" variant="default" onClick={() => begin(less)}>
              Leave out what is not used
            </Button>
          )}
        </div>
        {problem === undefined ? null : <ProblemText problem={problem} />}
        {started === undefined ? (
          <p className="soft">Nothing is in force before it was compared with past calls and confirmed.</p>
        ) : (
          <>
            {started.proposal === undefined ? null : <Basis proposal={started.proposal} />}
            <ScopeEditor
              key={started.number}
              agent={detail.summary.id}
              days={days}
              first={started.scope}
              compared={started.proposal?.comparison}
            />
          </>
        )}
      </div>
    </Panel>
  );
};

const Basis = ({ proposal: { basis, notes } }: { readonly proposal: ScopeProposal }): ReactNode => (
  <>
    <p>
      It rests on {plural(basis.calls, "call")} of {plural(basis.sessions, "session")} on {plural(basis.days, "day")};{" "}
      {count(basis.stopped)} taught nothing.
    </p>
    {notes.length === 0 ? null : (
      <ul className={classes.reasons}>
        {notes.map((note) => (
          <li key={note}>
            <Sentence text={note} />
          </li>
        ))}
      </ul>
    )}
  </>
);
