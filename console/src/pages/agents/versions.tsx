import { Button, TextInput } from "@mantine/core";
import type { AgentScope } from "@parapet/model";
import type { Problem } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { withdrawScope } from "../../api/changes.ts";
import { count, plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Folded } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

/** What was confirmed for the agent, newest first; the one in force may be taken back. */
export const Versions = ({
  agent,
  versions,
}: {
  readonly agent: string;
  readonly versions: readonly AgentScope[];
}): ReactNode => (
  <Folded title="Confirmed here" summary={plural(versions.length, "version")}>
    <div className="stack">
      {versions.map((one) => (
        <div key={one.id} className={classes.version}>
          <div className="row">
            <strong>
              Version {one.version}, {one.state}
            </strong>
            <span className="soft">
              <Untrusted text={one.confirmedBy} />, <Time time={one.confirmedAt} />
              {one.endedAt === undefined ? null : (
                <>
                  , ended by <Untrusted text={one.endedBy ?? ""} /> <Time time={one.endedAt} />
                </>
              )}
            </span>
          </div>
          <p>
            <VisibleText text={one.reason} />
          </p>
          <p className="soft small">
            {plural(one.scope.tools.length, "tool")}, {plural(one.scope.limits.length, "limit")};{" "}
            {count(one.basis.outside)} of {plural(one.basis.calls, "call")} were outside it when it was confirmed.
          </p>
          {one.state === "confirmed" ? <TakeBack agent={agent} /> : null}
        </div>
      ))}
    </div>
  </Folded>
);

const TakeBack = ({ agent }: { readonly agent: string }): ReactNode => {
  const queryClient = useQueryClient();
  const may = useMay("administrator");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  if (!may) return null;
  const takeBack = async (): Promise<void> => {
    setBusy(true);
    const result = await withdrawScope(agent, reason.trim());
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    if (result.ok) void queryClient.invalidateQueries({ queryKey: ["agents"] });
  };
  return (
    <div className="row">
      <TextInput
        size="xs"
        label="Why it is taken back"
        maxLength={2_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Button
        size="xs"
        variant="default"
        className="push"
        loading={busy}
        disabled={reason.trim().length < 3}
        onClick={() => void takeBack()}
      >
        Take back
      </Button>
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </div>
  );
};
